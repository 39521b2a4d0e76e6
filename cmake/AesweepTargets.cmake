# Functions that turn a folder into a target. The folders are the architecture: src/<layer> and include/aesweep/<layer>.

add_library(aesweep_options INTERFACE)
target_compile_features(aesweep_options INTERFACE cxx_std_20)
target_compile_options(aesweep_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  $<$<BOOL:${AESWEEP_WERROR}>:-Werror>
  $<$<BOOL:${AESWEEP_INSTRUCTION_SET}>:-march=${AESWEEP_INSTRUCTION_SET}>
  $<$<BOOL:${AESWEEP_SANITIZE}>:-fsanitize=address,undefined>
  $<$<BOOL:${AESWEEP_SANITIZE}>:-fno-omit-frame-pointer>)
# Packing buffers of matrix products live on the stack (at most 3 MB), so that a right-hand side never allocates.
# A thread pool inside a linear-algebra call would make results depend on the machine: every rank is one thread.
target_compile_definitions(aesweep_options INTERFACE EIGEN_DONT_PARALLELIZE EIGEN_MPL2_ONLY EIGEN_STACK_ALLOCATION_LIMIT=4194304 OMPI_SKIP_MPICXX
  $<$<BOOL:${AESWEEP_SANITIZE}>:_GLIBCXX_ASSERTIONS>)
target_link_options(aesweep_options INTERFACE $<$<BOOL:${AESWEEP_SANITIZE}>:-fsanitize=address,undefined>)

set(AESWEEP_LAYERS "" CACHE INTERNAL "")

# aesweep_layer(NAME PUBLIC libs... PRIVATE libs...)
# Each layer's headers lie behind an include directory of their own, so that a header of a layer that is not linked cannot be included.
function(aesweep_layer layer)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${layer}/*.cpp)
  set(root ${PROJECT_BINARY_DIR}/include/${layer})
  file(MAKE_DIRECTORY ${root}/aesweep)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/aesweep/${layer} ${root}/aesweep/${layer} SYMBOLIC)
  add_library(aesweep_${layer} STATIC ${sources})
  add_library(aesweep::${layer} ALIAS aesweep_${layer})
  set_target_properties(aesweep_${layer} PROPERTIES EXPORT_NAME ${layer} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(aesweep_${layer} PUBLIC $<BUILD_INTERFACE:${root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(aesweep_${layer} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:aesweep_options>)
  target_compile_features(aesweep_${layer} PUBLIC cxx_std_20)
  # One alignment for the library and its users, whatever instruction set each is compiled for: matrices pass between them.
  target_compile_definitions(aesweep_${layer} PUBLIC EIGEN_MAX_ALIGN_BYTES=32)
  set(AESWEEP_LAYERS ${AESWEEP_LAYERS} ${layer} CACHE INTERNAL "")
endfunction()

# aesweep_header_layer(NAME): a layer without sources.
function(aesweep_header_layer layer)
  set(root ${PROJECT_BINARY_DIR}/include/${layer})
  file(MAKE_DIRECTORY ${root}/aesweep)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/aesweep/${layer} ${root}/aesweep/${layer} SYMBOLIC)
  add_library(aesweep_${layer} INTERFACE)
  add_library(aesweep::${layer} ALIAS aesweep_${layer})
  set_target_properties(aesweep_${layer} PROPERTIES EXPORT_NAME ${layer})
  target_include_directories(aesweep_${layer} INTERFACE $<BUILD_INTERFACE:${root}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(aesweep_${layer} INTERFACE cxx_std_20)
  set(AESWEEP_LAYERS ${AESWEEP_LAYERS} ${layer} CACHE INTERNAL "")
endfunction()

# aesweep_program(FOLDER NAME libs...): the command line, one file a command.
function(aesweep_program folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} aesweep_options)
  target_compile_definitions(${name} PRIVATE AESWEEP_VERSION="${PROJECT_VERSION}" AESWEEP_COMPILER="${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
    AESWEEP_INSTRUCTION_SET="${AESWEEP_INSTRUCTION_SET}" AESWEEP_BUILD_TYPE="${CMAKE_BUILD_TYPE}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  # The commit is asked for at every build, so that a result file never names an older one.
  add_custom_target(${name}_commit BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/git_commit.hpp
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${PROJECT_BINARY_DIR}/generated/git_commit.hpp
            -P ${PROJECT_SOURCE_DIR}/cmake/GitCommit.cmake)
  add_dependencies(${name} ${name}_commit)
  target_include_directories(${name} PRIVATE ${PROJECT_BINARY_DIR}/generated)
  # The job script's template is part of the program, so that `submit` needs no file beside it.
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/slurm/job.sh)
  file(READ ${PROJECT_SOURCE_DIR}/slurm/job.sh job_script)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated/job_template.hpp
    CONTENT "#pragma once\ninline constexpr const char* kJobTemplate = R\"TEMPLATE(${job_script})TEMPLATE\";\n")
endfunction()
