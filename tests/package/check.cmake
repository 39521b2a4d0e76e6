# cmake -DBUILD=… -DSOURCE=… -DPREFIX=… -P check.cmake
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${PREFIX} ${PREFIX}-build)
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX})
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${PREFIX}-build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${PREFIX})
step(${CMAKE_COMMAND} --build ${PREFIX}-build)
step(${PREFIX}-build/user)
# The installed program finds its modules: beside it there are none.
execute_process(COMMAND ${PREFIX}/bin/aesweep --version RESULT_VARIABLE status OUTPUT_VARIABLE version)
execute_process(COMMAND ${BUILD}/aesweep --version OUTPUT_VARIABLE expected)
if(NOT status EQUAL 0 OR NOT version STREQUAL expected)
  message(FATAL_ERROR "installed: ${version}\nbuilt: ${expected}")
endif()
