# SPDX-License-Identifier: Apache-2.0
# forkmap::forkmap, the whole library as one target, and what cmake --install puts where.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY forkmap_layers)
add_library(forkmap_library INTERFACE)
add_library(forkmap::forkmap ALIAS forkmap_library)
set_target_properties(forkmap_library PROPERTIES EXPORT_NAME forkmap)
target_link_libraries(forkmap_library INTERFACE forkmap::plugin_headers ${layers})
