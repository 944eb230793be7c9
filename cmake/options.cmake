# SPDX-License-Identifier: Apache-2.0
# forkmap::plugin_headers: what a plugin author includes. forkmap::options: what forkmap's own code is compiled with.

add_library(forkmap_plugin_headers INTERFACE)
add_library(forkmap::plugin_headers ALIAS forkmap_plugin_headers)
set_target_properties(forkmap_plugin_headers PROPERTIES EXPORT_NAME plugin_headers)
target_compile_features(forkmap_plugin_headers INTERFACE cxx_std_20)
target_include_directories(forkmap_plugin_headers INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/core/include>"
  "$<INSTALL_INTERFACE:include>")

# Plugins of this tree are held to the same warnings and sanitizers as everything else, and to nothing more.
add_library(forkmap_plugin_build INTERFACE)
target_link_libraries(forkmap_plugin_build INTERFACE forkmap::warnings forkmap::sanitizers)

add_library(forkmap_options INTERFACE)
add_library(forkmap::options ALIAS forkmap_options)
target_include_directories(forkmap_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_link_libraries(forkmap_options INTERFACE
  forkmap::plugin_headers forkmap::warnings forkmap::sanitizers)
# Symbols are looked up once, in the host. Else each zygote and worker, forked before, would do it anew.
target_link_options(forkmap_options INTERFACE "LINKER:-z,now")
