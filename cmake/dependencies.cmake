# SPDX-License-Identifier: Apache-2.0
# Finds the libraries, wraps each in one target forkmap::<name>, and reports all that are missing in one message.
# Everything here is header-only for us, so that the command needs the C and C++ run-time libraries only.

set(forkmap_missing "")

macro(forkmap_report_missing what package variable)
  string(APPEND forkmap_missing "\n  ${what}: Debian and Ubuntu package ${package}; elsewhere set ${variable} to where it is installed")
endmacro()

# Boost: headers only (DLL, Interprocess, Stacktrace). Boost_ROOT may name a plain header tree without CMake files.
add_library(forkmap_boost INTERFACE)
add_library(forkmap::boost ALIAS forkmap_boost)
target_compile_definitions(forkmap_boost INTERFACE BOOST_DLL_USE_STD_FS)
target_link_libraries(forkmap_boost INTERFACE ${CMAKE_DL_LIBS})
find_path(FORKMAP_BOOST_INCLUDE_DIR boost/dll/shared_library.hpp
  HINTS "${Boost_ROOT}" "$ENV{Boost_ROOT}" "${BOOST_ROOT}" "$ENV{BOOST_ROOT}"
  PATH_SUFFIXES include)
set(boost_version 0)
if(FORKMAP_BOOST_INCLUDE_DIR)
  file(STRINGS "${FORKMAP_BOOST_INCLUDE_DIR}/boost/version.hpp" boost_version REGEX "^#define BOOST_VERSION [0-9]+")
  string(REGEX REPLACE "[^0-9]" "" boost_version "${boost_version}")
endif()
if(boost_version GREATER_EQUAL 107400)
  target_include_directories(forkmap_boost SYSTEM INTERFACE "${FORKMAP_BOOST_INCLUDE_DIR}")
else()
  forkmap_report_missing("Boost 1.74 or later (headers)" libboost-dev Boost_ROOT)
endif()

add_library(forkmap_fmt INTERFACE)
add_library(forkmap::fmt ALIAS forkmap_fmt)
find_package(fmt CONFIG QUIET)
if(TARGET fmt::fmt-header-only)
  target_link_libraries(forkmap_fmt INTERFACE fmt::fmt-header-only)
else()
  forkmap_report_missing("{fmt}" libfmt-dev fmt_ROOT)
endif()

add_library(forkmap_json INTERFACE)
add_library(forkmap::json ALIAS forkmap_json)
find_package(nlohmann_json CONFIG QUIET)
if(TARGET nlohmann_json::nlohmann_json)
  target_link_libraries(forkmap_json INTERFACE nlohmann_json::nlohmann_json)
else()
  forkmap_report_missing("nlohmann/json" nlohmann-json3-dev nlohmann_json_ROOT)
endif()

add_library(forkmap_cli11 INTERFACE)
add_library(forkmap::cli11 ALIAS forkmap_cli11)
find_package(CLI11 CONFIG QUIET)
if(TARGET CLI11::CLI11)
  target_link_libraries(forkmap_cli11 INTERFACE CLI11::CLI11)
else()
  forkmap_report_missing("CLI11" libcli11-dev CLI11_ROOT)
endif()

add_library(forkmap_xxhash INTERFACE)
add_library(forkmap::xxhash ALIAS forkmap_xxhash)
find_path(FORKMAP_XXHASH_INCLUDE_DIR xxhash.h HINTS "${xxHash_ROOT}" "$ENV{xxHash_ROOT}" PATH_SUFFIXES include)
if(FORKMAP_XXHASH_INCLUDE_DIR)
  target_include_directories(forkmap_xxhash SYSTEM INTERFACE "${FORKMAP_XXHASH_INCLUDE_DIR}")
else()
  forkmap_report_missing("xxHash 0.8 (header)" libxxhash-dev xxHash_ROOT)
endif()

# Wrapped by one example plugin, which links it; neither the library nor the command does.
find_package(ZLIB QUIET)
if(NOT ZLIB_FOUND)
  forkmap_report_missing("zlib" zlib1g-dev ZLIB_ROOT)
endif()

# Catch2 3 where the system has it, else 2.13; tests/catch.hpp hides the difference.
if(FORKMAP_BUILD_TESTS)
  add_library(forkmap_catch2 INTERFACE)
  add_library(forkmap::catch2 ALIAS forkmap_catch2)
  find_package(Catch2 CONFIG QUIET)
  if(TARGET Catch2::Catch2)
    target_link_libraries(forkmap_catch2 INTERFACE Catch2::Catch2)
  else()
    forkmap_report_missing("Catch2 (or configure with -DFORKMAP_BUILD_TESTS=OFF)" catch2 Catch2_ROOT)
  endif()
endif()

find_package(Threads QUIET)
if(NOT Threads_FOUND)
  forkmap_report_missing("POSIX threads" libc6-dev CMAKE_PREFIX_PATH)
endif()

if(forkmap_missing)
  message(FATAL_ERROR
    "forkmap cannot be configured, because something is missing:${forkmap_missing}\n"
    "CMAKE_PREFIX_PATH may name several such places at once. On Debian and Ubuntu, ./dev build installs what is missing.")
endif()
