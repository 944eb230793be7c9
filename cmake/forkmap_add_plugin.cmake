# SPDX-License-Identifier: Apache-2.0
# forkmap_add_plugin(arith SOURCES arith.cpp [LINKS ZLIB::ZLIB] [OUTPUT_NAME name])     (or NAME arith SOURCES ...)
# makes the plugin arith.so, or name.so. Part of the build tree and of the installed package.
# GLOBAL libcore.so.1 names libraries that it needs and that must be global, as forkmap/global_library.h does.
#
# -fvisibility=hidden: a plugin exports its descriptor function and nothing else.
# -fno-gnu-unique: otherwise inline statics of one name are shared between plugins in spite of RTLD_LOCAL.

function(forkmap_add_plugin)
  cmake_parse_arguments(PARSE_ARGV 0 plugin "" "NAME;OUTPUT_NAME" "SOURCES;LINKS;GLOBAL")
  if(NOT plugin_NAME)
    list(POP_FRONT plugin_UNPARSED_ARGUMENTS plugin_NAME)
  endif()
  if(plugin_UNPARSED_ARGUMENTS OR NOT plugin_NAME OR NOT plugin_SOURCES)
    message(FATAL_ERROR "forkmap_add_plugin: write forkmap_add_plugin(name SOURCES file...); not understood: ${plugin_UNPARSED_ARGUMENTS}")
  endif()

  if(plugin_GLOBAL)
    if(CMAKE_C_COMPILER)
      set(extension c)
    elseif(CMAKE_CXX_COMPILER)
      set(extension cpp)
    else()
      message(FATAL_ERROR "forkmap_add_plugin: GLOBAL needs C or C++ among the languages of the project")
    endif()
    set(text "#include <forkmap/global_library.h>\n")
    foreach(library IN LISTS plugin_GLOBAL)
      string(APPEND text "FORKMAP_GLOBAL_LIBRARY(\"${library}\");\n")
    endforeach()
    set(global_source "${CMAKE_CURRENT_BINARY_DIR}/${plugin_NAME}_global.${extension}")
    file(CONFIGURE OUTPUT "${global_source}" CONTENT "${text}" @ONLY)
    list(APPEND plugin_SOURCES "${global_source}")
  endif()

  add_library(${plugin_NAME} MODULE ${plugin_SOURCES})
  set_target_properties(${plugin_NAME} PROPERTIES
    PREFIX ""
    SUFFIX ".so"
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    # Each plugin in Fortran compiles the modules of forkmap for itself.
    Fortran_MODULE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${plugin_NAME}_modules")
  if(plugin_OUTPUT_NAME)
    set_target_properties(${plugin_NAME} PROPERTIES OUTPUT_NAME "${plugin_OUTPUT_NAME}")
  endif()
  target_link_libraries(${plugin_NAME} PRIVATE forkmap::plugin_headers ${plugin_LINKS})
  if(NOT FORKMAP_TIDY)
    target_compile_options(${plugin_NAME} PRIVATE
      $<$<AND:$<COMPILE_LANGUAGE:C>,$<C_COMPILER_ID:GNU>>:-fno-gnu-unique>
      $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fno-gnu-unique>)
  endif()
  if(TARGET forkmap_plugin_build)
    target_link_libraries(${plugin_NAME} PRIVATE forkmap_plugin_build)
  endif()
endfunction()
