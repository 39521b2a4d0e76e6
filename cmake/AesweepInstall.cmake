include(CMakePackageConfigHelpers)
list(TRANSFORM AESWEEP_LAYERS PREPEND aesweep_ OUTPUT_VARIABLE _targets)
install(TARGETS ${_targets} EXPORT aesweepTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS aesweep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(layer IN LISTS AESWEEP_LAYERS)
  install(DIRECTORY include/aesweep/${layer} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/aesweep)
endforeach()
install(EXPORT aesweepTargets NAMESPACE aesweep:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aesweep)
configure_package_config_file(cmake/aesweepConfig.cmake.in ${PROJECT_BINARY_DIR}/aesweepConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aesweep)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/aesweepConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/aesweepConfig.cmake ${PROJECT_BINARY_DIR}/aesweepConfigVersion.cmake cmake/AesweepDependencies.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/aesweep)
