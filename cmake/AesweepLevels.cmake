# Instruction sets that the compute layers are compiled for (docs/architecture.md).
set(_known_levels "generic")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(_known_levels "x86-64-v2;x86-64-v3;x86-64-v4")
endif()
set(AESWEEP_LEVELS "${_known_levels}" CACHE STRING
    "Instruction sets of the kernels, ascending: the first is that of the program itself, each further one becomes a module that it loads")

set(_levels ${AESWEEP_LEVELS})
list(SORT _levels)
list(REMOVE_DUPLICATES _levels)
list(REMOVE_ITEM _levels ${_known_levels})
if(_levels)
  message(FATAL_ERROR "AESWEEP_LEVELS: ${_levels} is none of ${_known_levels}")
endif()
set(_levels ${AESWEEP_LEVELS})
list(SORT _levels)
list(REMOVE_DUPLICATES _levels)
if(NOT AESWEEP_LEVELS OR NOT "${_levels}" STREQUAL "${AESWEEP_LEVELS}")
  message(FATAL_ERROR "AESWEEP_LEVELS: \"${AESWEEP_LEVELS}\" must name levels once, in ascending order")
endif()

list(GET AESWEEP_LEVELS 0 AESWEEP_BASE_LEVEL)
# The libraries that tests, benchmarks and find_package users link have kernels of one level.
set(AESWEEP_LIBRARY_LEVEL ${AESWEEP_BASE_LEVEL})
if("x86-64-v3" IN_LIST AESWEEP_LEVELS)
  set(AESWEEP_LIBRARY_LEVEL "x86-64-v3")
endif()

# aesweep_level_LEVEL: compiles for that level.
foreach(level IN LISTS AESWEEP_LEVELS)
  add_library(aesweep_level_${level} INTERFACE)
  if(NOT level STREQUAL "generic")
    target_compile_options(aesweep_level_${level} INTERFACE -march=${level})
  endif()
endforeach()
if("x86-64-v4" IN_LIST AESWEEP_LEVELS)
  # g++ 12 finds uninitialised values in its own AVX-512 headers (GCC bug 105593); the other levels look for them in the same sources.
  target_compile_options(aesweep_level_x86-64-v4 INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
