# SPDX-License-Identifier: Apache-2.0
# How a layer of core/, a folder of plugins and the command enter the build.

# forkmap_add_layer(NAME lane SOURCES cell.cpp lane.cpp DEPENDS forkmap::shm forkmap::base [USES forkmap::fmt] [JOINED])
# makes the static library forkmap_lane with the alias forkmap::lane, or an interface library if it has no sources.
# DEPENDS names layers, USES names outside libraries. With JOINED six sources are compiled as one object: the names in
# their unnamed namespaces must differ.
function(forkmap_add_layer)
  cmake_parse_arguments(PARSE_ARGV 0 layer "JOINED" "NAME" "SOURCES;DEPENDS;USES")
  if(layer_UNPARSED_ARGUMENTS OR NOT layer_NAME)
    message(FATAL_ERROR "forkmap_add_layer: NAME is needed, and this is not understood: ${layer_UNPARSED_ARGUMENTS}")
  endif()
  set(target forkmap_${layer_NAME})
  if(layer_SOURCES)
    add_library(${target} STATIC ${layer_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:forkmap::options>")
    # A layer may end up in a shared object of an embedding program, so it is compiled as if another object could
    # replace each of its functions, and none were compiled into its callers. Nobody replaces them; Clang takes that
    # for granted.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT FORKMAP_TIDY)
      target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-fno-semantic-interposition>")
    endif()
    forkmap_precompile_standard_library(${target} layer)
    if(layer_JOINED AND NOT FORKMAP_TIDY)
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(forkmap::${layer_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${layer_NAME})

  target_link_libraries(${target} ${scope} forkmap::plugin_headers)
  foreach(dependency IN LISTS layer_DEPENDS layer_USES)
    # Outside libraries are header-only; users of the installed library do not need them.
    if(dependency MATCHES "^forkmap::(fmt|json|cli11|boost)$")
      set(dependency "$<BUILD_INTERFACE:${dependency}>")
    endif()
    target_link_libraries(${target} ${scope} ${dependency})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY forkmap_layers ${target})
endfunction()

# forkmap_add_room(NAME journal SOURCES file.cpp ROOMS input cli DEPENDS forkmap::base [USES forkmap::json])
# makes a folder of host/ the static library forkmap_host_journal with the alias forkmap::host_journal. ROOMS names
# other folders of host/, DEPENDS layers of core, USES outside libraries. Its sources are compiled as one object: the
# names in their unnamed namespaces must differ.
function(forkmap_add_room)
  cmake_parse_arguments(PARSE_ARGV 0 room "" "NAME" "SOURCES;ROOMS;DEPENDS;USES")
  if(room_UNPARSED_ARGUMENTS OR NOT room_NAME OR NOT room_SOURCES)
    message(FATAL_ERROR "forkmap_add_room: NAME and SOURCES are needed, and this is not understood: ${room_UNPARSED_ARGUMENTS}")
  endif()
  set(target forkmap_host_${room_NAME})
  add_library(${target} STATIC ${room_SOURCES})
  add_library(forkmap::host_${room_NAME} ALIAS ${target})
  if(NOT FORKMAP_TIDY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  endif()
  if(FORKMAP_SANITIZE STREQUAL "address")
    # With the flags of compiled_soon, and made by a target that has no definitions: the rooms' differ.
    if(NOT TARGET forkmap_room_header)
      file(WRITE "${CMAKE_BINARY_DIR}/room_header.cpp" "")
      add_library(forkmap_room_header OBJECT "${CMAKE_BINARY_DIR}/room_header.cpp")
      target_link_libraries(forkmap_room_header PRIVATE forkmap::options forkmap::compiled_soon)
      forkmap_precompile_standard_library(forkmap_room_header room)
    endif()
    forkmap_precompile_standard_library(${target} room)
  else()
    forkmap_precompile_standard_library(${target} layer)
  endif()
  list(TRANSFORM room_ROOMS PREPEND forkmap::host_)
  target_link_libraries(${target}
    PUBLIC ${room_ROOMS} ${room_DEPENDS}
    PRIVATE forkmap::options forkmap::compiled_soon ${room_USES})
endfunction()

# The command goes to <build>/bin.
macro(forkmap_add_command_folder folder)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  add_subdirectory(${folder})
  unset(CMAKE_RUNTIME_OUTPUT_DIRECTORY)
endmacro()

# Example plugins go to <build>/plugins, one folder each.
macro(forkmap_add_plugin_folder folder)
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/plugins")
  add_subdirectory(${folder})
  unset(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  set_property(GLOBAL APPEND PROPERTY forkmap_plugins ${targets})
endmacro()
