# SPDX-License-Identifier: Apache-2.0
# forkmap::forkmap, the whole library as one target, and what cmake --install puts where.
# The command looks for installed plugins in ../lib/forkmap/plugins beside itself, so "lib" is not the distribution's variant of it.

set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "Where libraries are installed, below the prefix")
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY forkmap_layers)
add_library(forkmap_library INTERFACE)
add_library(forkmap::forkmap ALIAS forkmap_library)
set_target_properties(forkmap_library PROPERTIES EXPORT_NAME forkmap)
target_link_libraries(forkmap_library INTERFACE forkmap::plugin_headers ${layers} ${CMAKE_DL_LIBS})

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/forkmap")
install(TARGETS forkmap_plugin_headers forkmap_library ${layers} EXPORT forkmap_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT forkmap_targets NAMESPACE forkmap:: FILE forkmap-targets.cmake DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/forkmap-config.cmake.in"
  "${PROJECT_BINARY_DIR}/forkmap-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/forkmap-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/forkmap-config.cmake"
  "${PROJECT_BINARY_DIR}/forkmap-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/forkmap_add_plugin.cmake"
  DESTINATION "${package_dir}")

install(DIRECTORY core/include/forkmap DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "*.f90" PATTERN "*.map")

if(TARGET forkmap)
  set_target_properties(forkmap PROPERTIES EXPORT_NAME command)
  install(TARGETS forkmap EXPORT forkmap_targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

get_property(plugins GLOBAL PROPERTY forkmap_plugins)
if(plugins)
  install(TARGETS ${plugins} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/forkmap/plugins")
endif()

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
