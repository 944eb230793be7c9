# SPDX-License-Identifier: Apache-2.0
# Compiles each public header alone and twice, so that it is self-contained and guarded; the C header as C99 too. A
# header without a program holds no code, so a build with sanitizers would show nothing more.

if((FORKMAP_BUILD_TESTS OR FORKMAP_TIDY) AND FORKMAP_SANITIZE STREQUAL "none")
  file(GLOB headers RELATIVE "${PROJECT_SOURCE_DIR}/core/include" CONFIGURE_DEPENDS
    core/include/forkmap/*.h core/include/forkmap/*.hpp)
  set(cxx_sources "")
  set(c_sources "")
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER "${header}" name)
    set(source "${PROJECT_BINARY_DIR}/header_check/${name}")
    file(CONFIGURE OUTPUT "${source}.cpp" CONTENT "#include <${header}>\n#include <${header}>\n" @ONLY)
    list(APPEND cxx_sources "${source}.cpp")
    if(header MATCHES "\\.h$")
      file(CONFIGURE OUTPUT "${source}.c" CONTENT "#include <${header}>\n#include <${header}>\ntypedef int not_empty;\n" @ONLY)
      list(APPEND c_sources "${source}.c")
    endif()
  endforeach()

  if(cxx_sources)
    add_library(forkmap_header_check OBJECT EXCLUDE_FROM_ALL ${cxx_sources})
    target_link_libraries(forkmap_header_check PRIVATE forkmap::plugin_headers forkmap::warnings)
  endif()
  if(c_sources)
    add_library(forkmap_header_check_c99 OBJECT EXCLUDE_FROM_ALL ${c_sources})
    target_link_libraries(forkmap_header_check_c99 PRIVATE forkmap::plugin_headers forkmap::warnings)
    set_target_properties(forkmap_header_check_c99 PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
  endif()
endif()
