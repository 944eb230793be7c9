# SPDX-License-Identifier: Apache-2.0
# What makes the build sooner and changes nothing in what it makes: a compiler cache where the machine has one, a
# precompiled header of the standard library, and sources that share heavy headers compiled as one object.

find_program(FORKMAP_CCACHE ccache)
foreach(language IN ITEMS C CXX)
  if(FORKMAP_CCACHE AND NOT CMAKE_${language}_COMPILER_LAUNCHER)
    set(CMAKE_${language}_COMPILER_LAUNCHER "${FORKMAP_CCACHE}")
  endif()
endforeach()

# forkmap_precompile_standard_library(target flags): the first target that asks with a name of its flags compiles the
# header, the others with that name reuse it. Only the standard library is in it: with CLI11, {fmt} and nlohmann/json it
# is slower than none.
function(forkmap_precompile_standard_library target flags)
  # The compiler reads a precompiled header only under the flags that made it, and the tidy preset has others.
  if(FORKMAP_TIDY)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY forkmap_precompiled_${flags}_owner)
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${PROJECT_SOURCE_DIR}/cmake/standard_library.hpp>")
    set_property(GLOBAL PROPERTY forkmap_precompiled_${flags}_owner ${target})
  endif()
endfunction()

# forkmap_join_sources(target group source...): compiles these sources of a target as one object. For sources that
# include the same heavy header, whose inline code each object would hold again. Names in their unnamed namespaces
# must differ.
function(forkmap_join_sources target group)
  if(FORKMAP_TIDY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
endfunction()
