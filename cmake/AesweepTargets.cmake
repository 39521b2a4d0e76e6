# Functions that turn a folder into a target. The folders are the architecture: src/<layer> and include/aesweep/<layer>.

include(AesweepLevels)

# aesweep_common: how everything is compiled, but for the instruction set. With room for a source's syntax trees g++ seldom stops to collect garbage:
# a seventh less time for 600 instead of 500 MB, and the same code.
add_library(aesweep_common INTERFACE)
target_compile_features(aesweep_common INTERFACE cxx_std_20)
target_compile_options(aesweep_common INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  $<$<BOOL:${AESWEEP_WERROR}>:-Werror>
  $<$<BOOL:${AESWEEP_SANITIZE}>:-fsanitize=address,undefined>
  $<$<BOOL:${AESWEEP_SANITIZE}>:-fno-omit-frame-pointer>
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=524288>)
# Packing buffers of matrix products live on the stack (at most 3 MB), so that a right-hand side never allocates.
# A thread pool inside a linear-algebra call would make results depend on the machine: every rank is one thread.
target_compile_definitions(aesweep_common INTERFACE EIGEN_DONT_PARALLELIZE EIGEN_MPL2_ONLY EIGEN_STACK_ALLOCATION_LIMIT=4194304 OMPI_SKIP_MPICXX
  $<$<BOOL:${AESWEEP_SANITIZE}>:_GLIBCXX_ASSERTIONS>)
target_link_options(aesweep_common INTERFACE $<$<BOOL:${AESWEEP_SANITIZE}>:-fsanitize=address,undefined>)

# One alignment for the library and its users, whatever instruction set each is compiled for: matrices pass between them.
set(AESWEEP_ALIGNMENT EIGEN_MAX_ALIGN_BYTES=32)

# aesweep_options: the same, with the instructions of the libraries. For what links them: tests and benchmarks.
add_library(aesweep_options INTERFACE)
target_link_libraries(aesweep_options INTERFACE aesweep_common aesweep_level_${AESWEEP_LIBRARY_LEVEL})

# Precompiled headers are an optimisation of clean builds: every source still includes what it uses, which the preset audit shows, as it has none of them.
# Nor has a build through a compiler launcher: ccache would take their contents into every source's key, or ignore them.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

# aesweep_precompile(NAME LEVEL LINK libs... HEADERS headers...): parses the headers once, for all targets of an instruction set that see these libraries.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/precompiled.cpp CONTENT "")
function(aesweep_precompile name level)
  cmake_parse_arguments(ARG "" "" "LINK;HEADERS" ${ARGN})
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/generated/precompiled.cpp)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} aesweep_common aesweep_level_${level})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# aesweep_eigen_LEVEL: Eigen as the layers see it.
foreach(level IN LISTS AESWEEP_LEVELS)
  aesweep_precompile(aesweep_eigen_${level} ${level} LINK Eigen3::Eigen HEADERS <Eigen/Core>)
  target_compile_definitions(aesweep_eigen_${level} PRIVATE ${AESWEEP_ALIGNMENT})
  set_target_properties(aesweep_eigen_${level} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endforeach()

set(AESWEEP_LAYERS "" CACHE INTERNAL "")
set(AESWEEP_COMPUTE_LAYERS "" CACHE INTERNAL "")

# aesweep_layer(NAME [COMPUTE] PUBLIC libs... PRIVATE libs... PRECOMPILE headers...)
# Makes aesweep_NAME_LEVEL, the layer's objects: a compute layer's for each level, others' for the first; and of one level aesweep::NAME, a static library.
# Each layer's headers lie behind an include directory of their own, so that a header of a layer that is not linked cannot be included.
function(aesweep_layer layer)
  cmake_parse_arguments(ARG "COMPUTE" "" "PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${layer}/*.cpp)
  aesweep_link_headers(${layer} root)
  add_library(aesweep_${layer}_headers INTERFACE)
  aesweep_use(aesweep_${layer}_headers INTERFACE ${root})
  aesweep_headers_of(public ${ARG_PUBLIC})
  aesweep_headers_of(private ${ARG_PRIVATE})
  target_link_libraries(aesweep_${layer}_headers INTERFACE ${public})

  set(levels ${AESWEEP_BASE_LEVEL})
  set(library_level ${AESWEEP_BASE_LEVEL})
  if(ARG_COMPUTE)
    set(levels ${AESWEEP_LEVELS})
    set(library_level ${AESWEEP_LIBRARY_LEVEL})
    set(AESWEEP_COMPUTE_LAYERS ${AESWEEP_COMPUTE_LAYERS} ${layer} CACHE INTERNAL "")
  endif()
  foreach(level IN LISTS levels)
    add_library(aesweep_${layer}_${level} OBJECT ${sources})
    target_link_libraries(aesweep_${layer}_${level} PUBLIC aesweep_${layer}_headers PRIVATE ${private} aesweep_common aesweep_level_${level})
    set_target_properties(aesweep_${layer}_${level} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(ARG_PRECOMPILE STREQUAL "<Eigen/Core>")
      target_precompile_headers(aesweep_${layer}_${level} REUSE_FROM aesweep_eigen_${level})
    else()
      target_precompile_headers(aesweep_${layer}_${level} PRIVATE ${ARG_PRECOMPILE})
    endif()
  endforeach()

  add_library(aesweep_${layer} STATIC $<TARGET_OBJECTS:aesweep_${layer}_${library_level}>)
  add_library(aesweep::${layer} ALIAS aesweep_${layer})
  set_target_properties(aesweep_${layer} PROPERTIES EXPORT_NAME ${layer} LINKER_LANGUAGE CXX)
  aesweep_use(aesweep_${layer} PUBLIC ${root})
  target_link_libraries(aesweep_${layer} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set(AESWEEP_LAYERS ${AESWEEP_LAYERS} ${layer} CACHE INTERNAL "")
endfunction()

# aesweep_link_headers(LAYER RESULT): an include directory with nothing but this layer's headers.
function(aesweep_link_headers layer result)
  set(root ${PROJECT_BINARY_DIR}/include/${layer})
  file(MAKE_DIRECTORY ${root}/aesweep)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/aesweep/${layer} ${root}/aesweep/${layer} SYMBOLIC)
  set(${result} ${root} PARENT_SCOPE)
endfunction()

# aesweep_use(TARGET SCOPE ROOT): what including a layer's headers asks for.
function(aesweep_use target scope root)
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} ${scope} cxx_std_20)
  target_compile_definitions(${target} ${scope} ${AESWEEP_ALIGNMENT})
endfunction()

# aesweep_headers_of(RESULT libs...): the libraries, each layer among them by its headers alone.
function(aesweep_headers_of result)
  set(found "")
  foreach(lib IN LISTS ARGN)
    string(REPLACE "aesweep::" "aesweep_" headers ${lib}_headers)
    if(TARGET ${headers})
      set(lib ${headers})
    endif()
    list(APPEND found ${lib})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# aesweep_header_layer(NAME): a layer without sources.
function(aesweep_header_layer layer)
  aesweep_link_headers(${layer} root)
  add_library(aesweep_${layer} INTERFACE)
  add_library(aesweep::${layer} ALIAS aesweep_${layer})
  set_target_properties(aesweep_${layer} PROPERTIES EXPORT_NAME ${layer})
  aesweep_use(aesweep_${layer} INTERFACE ${root})
  set(AESWEEP_LAYERS ${AESWEEP_LAYERS} ${layer} CACHE INTERNAL "")
endfunction()

# aesweep_define_build(TARGET LEVEL): what the build is called in result files. The commit is asked for at every build, so that none names an older one.
add_custom_target(aesweep_commit BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/git_commit.hpp
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${PROJECT_BINARY_DIR}/generated/git_commit.hpp
          -P ${PROJECT_SOURCE_DIR}/cmake/GitCommit.cmake)
function(aesweep_define_build target level)
  add_dependencies(${target} aesweep_commit)
  target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/generated)
  target_compile_definitions(${target} PRIVATE AESWEEP_VERSION="${PROJECT_VERSION}" AESWEEP_BUILD_TYPE="${CMAKE_BUILD_TYPE}"
    AESWEEP_COMPILER="${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" AESWEEP_INSTRUCTION_SET="${level}")
endfunction()

# aesweep_module(LEVEL): the compute layers of one level, as a module that the program loads. Every symbol but one is local, so that what the compiler
# made of inline functions of Eigen and the standard library for this level can't take the place of the program's own.
function(aesweep_module level)
  set(name aesweep-${level})
  add_library(${name} MODULE ${PROJECT_SOURCE_DIR}/src/module/kernels.cpp)
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} POSITION_INDEPENDENT_CODE ON
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/src/module/exports.map)
  list(TRANSFORM AESWEEP_COMPUTE_LAYERS REPLACE "(.+)" "aesweep_\\1_${level}" OUTPUT_VARIABLE objects)
  # The level's objects come first: of an inline function that others have as well, the linker takes the first.
  target_link_libraries(${name} PRIVATE ${objects} aesweep_sweep_${AESWEEP_BASE_LEVEL} aesweep_common aesweep_level_${level})
  target_link_options(${name} PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/src/module/exports.map $<$<NOT:$<BOOL:${AESWEEP_SANITIZE}>>:LINKER:-z,defs>)
  aesweep_define_build(${name} ${level})
endfunction()

# aesweep_program(FOLDER NAME LINK libs... PRECOMPILE headers...): the command line, one file a command, with all layers of the first level and a module for
# each further one.
function(aesweep_program folder name)
  cmake_parse_arguments(ARG "" "" "LINK;PRECOMPILE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
  add_executable(${name} ${sources} ${PROJECT_SOURCE_DIR}/src/module/kernels.cpp)
  set(objects ${AESWEEP_LAYERS})
  list(REMOVE_ITEM objects lanes)
  list(TRANSFORM objects REPLACE "(.+)" "aesweep_\\1_${AESWEEP_BASE_LEVEL}")
  target_link_libraries(${name} PRIVATE ${objects} ${ARG_LINK} ${CMAKE_DL_LIBS} aesweep_common aesweep_level_${AESWEEP_BASE_LEVEL})
  target_precompile_headers(${name} PRIVATE ${ARG_PRECOMPILE})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src/module)
  file(RELATIVE_PATH modules ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/aesweep)
  string(REPLACE ";" "," levels "${AESWEEP_LEVELS}")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/${folder}/kernel_modules.cpp PROPERTIES
    COMPILE_DEFINITIONS "AESWEEP_LEVELS=\"${levels}\";AESWEEP_MODULES=\"${modules}\"")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  aesweep_define_build(${name} ${AESWEEP_BASE_LEVEL})
  set(AESWEEP_MODULES "")
  foreach(level IN LISTS AESWEEP_LEVELS)
    if(NOT level STREQUAL AESWEEP_BASE_LEVEL)
      aesweep_module(${level})
      add_dependencies(${name} aesweep-${level})
      list(APPEND AESWEEP_MODULES aesweep-${level})
    endif()
  endforeach()
  set(AESWEEP_MODULES ${AESWEEP_MODULES} PARENT_SCOPE)
  # The job script's template is part of the program, so that `submit` needs no file beside it.
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/slurm/job.sh)
  file(READ ${PROJECT_SOURCE_DIR}/slurm/job.sh job_script)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated/job_template.hpp
    CONTENT "#pragma once\ninline constexpr const char* kJobTemplate = R\"TEMPLATE(${job_script})TEMPLATE\";\n")
endfunction()
