# SPDX-License-Identifier: Apache-2.0
# Plugins and libraries for the tests of what a plugin is bound to.

# forkmap_add_test_library(phys SOURCES phys.c [FOLDER below] [NAME libphys.so.1] [LINKS ...]): a shared library.
function(forkmap_add_test_library target)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "FOLDER;NAME" "SOURCES;LINKS;DEFINITIONS")
  add_library(${target} SHARED ${library_SOURCES})
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/${library_FOLDER}"
    C_VISIBILITY_PRESET hidden)
  if(library_NAME)
    set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX "" OUTPUT_NAME "${library_NAME}")
  endif()
  target_link_libraries(${target} PRIVATE ${library_LINKS})
  target_compile_definitions(${target} PRIVATE ${library_DEFINITIONS})
  # The compiler must not know its functions by their names.
  target_compile_options(${target} PRIVATE -fno-builtin)
endfunction()

forkmap_add_test_library(own_names SOURCES binding/own_names.c LINKS m)
forkmap_add_plugin(own_names_user SOURCES binding/own_names_user.c LINKS own_names)
target_compile_definitions(own_names_user PRIVATE PLUGIN_NAME="own_names_user")
# The C library's comes first in the order of what the plugin needs.
forkmap_add_plugin(own_names_last SOURCES binding/own_names_user.c LINKS m own_names)
target_compile_definitions(own_names_last PRIVATE PLUGIN_NAME="own_names_last")
target_link_options(own_names_last PRIVATE LINKER:--no-as-needed)
# The cure that the message names.
forkmap_add_test_library(own_names_symbolic SOURCES binding/own_names.c LINKS m)
target_link_options(own_names_symbolic PRIVATE LINKER:-Bsymbolic)
forkmap_add_plugin(symbolic_user SOURCES binding/own_names_user.c LINKS own_names_symbolic)
target_compile_definitions(symbolic_user PRIVATE PLUGIN_NAME="symbolic_user")
forkmap_add_plugin(direct_user SOURCES binding/direct_user.c LINKS own_names)
target_compile_options(direct_user PRIVATE -fno-builtin)

# Without relocations that are made late: its slots become read-only.
target_link_options(own_names PRIVATE LINKER:-z,now,-z,relro)

foreach(version IN ITEMS 1 2 copy)
  string(REPLACE copy 1 value ${version})  # the same content as 1, in another folder
  forkmap_add_test_library(versions_${version} SOURCES binding/versions.c FOLDER versions_${version}
    NAME libversions.so.1 DEFINITIONS VERSION=${value})
  target_link_options(versions_${version} PRIVATE LINKER:-soname,libversions.so.1)
  set_target_properties(versions_${version} PROPERTIES NO_SONAME ON)
  forkmap_add_plugin(version_user_${version} SOURCES binding/version_user.c LINKS versions_${version})
  target_compile_definitions(version_user_${version} PRIVATE PLUGIN_NAME="version_user_${version}")
endforeach()
# Another plugin of the first.
forkmap_add_plugin(version_user_1b SOURCES binding/version_user.c LINKS versions_1)
target_compile_definitions(version_user_1b PRIVATE PLUGIN_NAME="version_user_1b")

forkmap_add_plugin(beside SOURCES binding/beside.cpp LINKS ${CMAKE_DL_LIBS})
target_compile_definitions(beside PRIVATE PLUGIN_NAME="beside")
forkmap_add_plugin(beside_eager SOURCES binding/beside.cpp LINKS ${CMAKE_DL_LIBS})
target_compile_definitions(beside_eager PRIVATE PLUGIN_NAME="beside_eager" EAGER)
forkmap_add_plugin(beside_origin SOURCES binding/beside.cpp LINKS ${CMAKE_DL_LIBS})
target_compile_definitions(beside_origin PRIVATE PLUGIN_NAME="beside_origin" WITH_ORIGIN)

# A part without what it uses.
forkmap_add_test_library(kernel_part SOURCES binding/kernel_part.c)
forkmap_add_test_library(kernel_core SOURCES binding/kernel_core.c LINKS ${CMAKE_DL_LIBS}
  DEFINITIONS KERNEL_FILE="$<TARGET_FILE:kernel_part>")
add_dependencies(kernel_core kernel_part)
forkmap_add_plugin(kernel_by_cmake SOURCES binding/kernel_user.c LINKS kernel_core GLOBAL libkernel_core.so)
target_compile_definitions(kernel_by_cmake PRIVATE PLUGIN_NAME="kernel_by_cmake")
foreach(case IN ITEMS lazy EAGER SAYS_GLOBAL)
  string(TOLOWER kernel_${case} name)
  forkmap_add_plugin(${name} SOURCES binding/kernel_user.c LINKS kernel_core)
  target_compile_definitions(${name} PRIVATE PLUGIN_NAME="${name}" ${case})
endforeach()

forkmap_add_plugin(static_tls SOURCES binding/static_tls.c)
