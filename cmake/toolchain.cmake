# SPDX-License-Identifier: Apache-2.0
# What every target is compiled with, whoever wrote it: position-independent code, and a compile database for the tools.

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Programs of the address sanitizer's build are linked at a fixed place, see sanitizers.cmake.
if(NOT FORKMAP_SANITIZE STREQUAL "address")
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES C CXX)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "forkmap needs GCC 12 or later, and this is GCC ${CMAKE_CXX_COMPILER_VERSION}. Set CXX to a newer one.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "forkmap needs Clang 16 or later, and this is Clang ${CMAKE_CXX_COMPILER_VERSION}. Set CXX to a newer one.")
endif()

# One example plugin is written in Fortran; without a Fortran compiler the others are built.
include(CheckLanguage)
check_language(Fortran)
if(CMAKE_Fortran_COMPILER)
  enable_language(Fortran)
else()
  message(STATUS "No Fortran compiler: plugins written in Fortran are left out")
endif()
