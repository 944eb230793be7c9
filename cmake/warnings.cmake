# SPDX-License-Identifier: Apache-2.0
# forkmap::warnings: the warnings that all of forkmap's own code is compiled with. A warning is an error.

add_library(forkmap_warnings INTERFACE)
add_library(forkmap::warnings ALIAS forkmap_warnings)

set(c_and_cxx -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-align -Wcast-qual
  -Wformat=2 -Wundef -Wwrite-strings -Wimplicit-fallthrough -Werror)
set(cxx_only -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi -Wsuggest-override)
set(c_only -Wstrict-prototypes -Wmissing-prototypes)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT FORKMAP_TIDY)
  list(APPEND c_and_cxx -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
  # GCC 12 invents overlapping copies inside std::string (GCC bug 105651).
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    list(APPEND cxx_only -Wno-restrict)
  endif()
  # Instrumented code is too complex for GCC's flow-based warnings; the other presets keep them.
  if(NOT FORKMAP_SANITIZE STREQUAL "none")
    list(APPEND c_and_cxx -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
  endif()
endif()

target_compile_options(forkmap_warnings INTERFACE
  "$<$<COMPILE_LANGUAGE:C,CXX>:${c_and_cxx}>"
  "$<$<COMPILE_LANGUAGE:CXX>:${cxx_only}>"
  "$<$<COMPILE_LANGUAGE:C>:${c_only}>")
