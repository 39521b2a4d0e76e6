# Tests of the running program (tests/cli), of several ranks of it (tests/mpi/*.py), and of the coordinator alone.
find_program(AESWEEP_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH DOC "Python with pytest, h5py, xarray, h5netcdf, scipy")
find_program(AESWEEP_PYTHON NAMES python3 REQUIRED)

set(_cli_environment "AESWEEP=$<TARGET_FILE:aesweep>" "AESWEEP_MPIRUN=${MPIEXEC_EXECUTABLE}"
    "OMPI_ALLOW_RUN_AS_ROOT=1" "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1" "OMPI_MCA_rmaps_base_oversubscribe=1" "OMPI_MCA_mpi_yield_when_idle=1"
    "PYTHONDONTWRITEBYTECODE=1")
if(AESWEEP_SANITIZE)
  list(APPEND _cli_environment "ASAN_OPTIONS=detect_leaks=0")   # Open MPI leaks at exit
endif()

# aesweep_program_test(NAME LABEL label PATH path TIMEOUT s PROCESSORS n): a folder or file of pytest tests that call the program.
function(aesweep_program_test name)
  cmake_parse_arguments(ARG "" "LABEL;PATH;TIMEOUT;PROCESSORS" "" ${ARGN})
  add_test(NAME ${name} COMMAND ${AESWEEP_PYTHON} -m pytest -q -p no:cacheprovider ${PROJECT_SOURCE_DIR}/tests/${ARG_PATH})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${ARG_PROCESSORS} ENVIRONMENT "${_cli_environment}")
endfunction()

aesweep_program_test(cli_bad_sweeps  LABEL cli PATH cli/test_bad_sweeps.py  TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_change_of_mind LABEL cli PATH cli/test_change_of_mind.py TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_claims      LABEL cli PATH cli/test_claims.py      TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_commands    LABEL cli PATH cli/test_commands.py    TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_file_layout LABEL cli PATH cli/test_file_layout.py TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_golden      LABEL cli PATH cli/test_golden.py      TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_gram        LABEL cli PATH cli/test_gram.py        TIMEOUT 300 PROCESSORS 2)
aesweep_program_test(cli_instruction_sets LABEL cli PATH cli/test_instruction_sets.py TIMEOUT 300 PROCESSORS 2)
aesweep_program_test(cli_stopping    LABEL cli PATH cli/test_stopping.py    TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_refine      LABEL cli PATH cli/test_refine.py      TIMEOUT 600 PROCESSORS 2)
aesweep_program_test(cli_refined_plane LABEL cli PATH cli/test_refined_plane.py TIMEOUT 3600 PROCESSORS 1)
aesweep_program_test(cli_large_grid  LABEL cli PATH cli/test_large_grid.py  TIMEOUT 300 PROCESSORS 1)
aesweep_program_test(cli_submit      LABEL cli PATH cli/test_submit.py      TIMEOUT 300 PROCESSORS 1)
# With AESWEEP_FULL=1 the whole quick replication.
aesweep_program_test(replication     LABEL analysis PATH cli/test_replication.py TIMEOUT 3600 PROCESSORS 2)
aesweep_program_test(mpi_same_bits   LABEL mpi PATH mpi/test_same_bits.py   TIMEOUT 600 PROCESSORS 2)
aesweep_program_test(mpi_sequential  LABEL mpi PATH mpi/test_sequential.py  TIMEOUT 600 PROCESSORS 2)
aesweep_program_test(mpi_refined_ranks LABEL mpi PATH mpi/test_refined_ranks.py TIMEOUT 1200 PROCESSORS 2)
aesweep_program_test(mpi_torture     LABEL mpi PATH mpi/test_torture.py     TIMEOUT 1200 PROCESSORS 2)
aesweep_program_test(bench_against_peers LABEL bench PATH bench/test_against_peers.py TIMEOUT 1200 PROCESSORS 1)
set_tests_properties(bench_against_peers PROPERTIES RUN_SERIAL ON)
aesweep_mpi_test(mpi_coordinator RANKS 1 2 4 SOURCES mpi/coordinator_test.cpp LINK aesweep::schedule TIMEOUT 120)
include(slurm.cmake)
