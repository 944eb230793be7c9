# SPDX-License-Identifier: Apache-2.0
# How a test enters the build. Each TEST_CASE becomes one CTest test in a process of its own, with a watchdog.

set(FORKMAP_TEST_TIMEOUT 300)  # seconds; a watchdog for machines of any load, multiplied in sanitizer builds

# In the thread sanitizer's build only tests labelled tsan exist.
function(forkmap_test_is_wanted labels result)
  if(FORKMAP_SANITIZE STREQUAL "thread" AND NOT "tsan" IN_LIST labels)
    set(${result} FALSE PARENT_SCOPE)
  else()
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# forkmap_add_test(NAME lane_cells SOURCES cell_test.cpp LINKS forkmap::lane
#                  [LABELS stress tsan] [TIMEOUT seconds] [DEFINITIONS X=1] [ENVIRONMENT A=b] [RUN_SERIAL]
#                  [APART other_test.cpp] [COST n] [OPTIMISED] [PROGRAMS])
# makes a Catch2 executable. RUN_SERIAL is for tests that disturb others, or are disturbed, on a small machine. The
# tests of the highest COST begin first: those that wait for long. OPTIMISED is for tests that compute for long
# themselves. PROGRAMS says that what is tested is in other programs, so that this one needs no sanitizer.
# Twelve sources are compiled as one object, in half the time, since they share their headers: the names in their
# unnamed namespaces must differ, but for those of the sources that are told APART.
function(forkmap_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "RUN_SERIAL;OPTIMISED;PROGRAMS" "NAME;TIMEOUT;COST" "SOURCES;APART;LINKS;LABELS;DEFINITIONS;ENVIRONMENT")
  if(test_UNPARSED_ARGUMENTS OR NOT test_NAME OR NOT test_SOURCES)
    message(FATAL_ERROR "forkmap_add_test: NAME and SOURCES are needed, and this is not understood: ${test_UNPARSED_ARGUMENTS}")
  endif()
  forkmap_test_is_wanted("${test_LABELS}" wanted)
  if(NOT wanted)
    return()
  endif()

  add_executable(${test_NAME} ${test_SOURCES} ${test_APART})
  if("nodes" IN_LIST test_LABELS)
    set_property(GLOBAL APPEND PROPERTY forkmap_nodes_tests ${test_NAME})
  endif()
  set_target_properties(${test_NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12
    FORKMAP_OPTIMISED "${test_OPTIMISED}" FORKMAP_PROGRAMS "${test_PROGRAMS}")
  set_source_files_properties(${test_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${test_NAME} PRIVATE forkmap::test_main ${test_LINKS})
  target_compile_definitions(${test_NAME} PRIVATE ${test_DEFINITIONS})
  set_target_properties(${test_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")

  if(NOT test_TIMEOUT)
    set(test_TIMEOUT ${FORKMAP_TEST_TIMEOUT})
  endif()
  math(EXPR test_TIMEOUT "${test_TIMEOUT} * ${FORKMAP_TIMEOUT_FACTOR}")

  # A list in an argument of a command needs its semicolons kept.
  set(environment ${FORKMAP_TEST_ENVIRONMENT} ${test_ENVIRONMENT})
  list(JOIN environment "$<SEMICOLON>" environment)
  list(JOIN test_LABELS "$<SEMICOLON>" labels)

  # The list of cases is written after each link, and read by CTest.
  set(case_file "${CMAKE_CURRENT_BINARY_DIR}/${test_NAME}.cases.cmake")
  set(include_file "${CMAKE_CURRENT_BINARY_DIR}/${test_NAME}.include.cmake")
  add_custom_command(TARGET ${test_NAME} POST_BUILD
    BYPRODUCTS "${case_file}"
    COMMAND "${CMAKE_COMMAND}"
      "-DEXECUTABLE=$<TARGET_FILE:${test_NAME}>"
      "-DLIST_OPTION=${FORKMAP_CATCH2_LIST_OPTION}"
      "-DPREFIX=${test_NAME}"
      "-DLABELS=${labels}"
      "-DTIMEOUT=${test_TIMEOUT}"
      "-DENVIRONMENT=${environment}"
      "-DSERIAL=${test_RUN_SERIAL}"
      "-DCOST=${test_COST}"
      "-DOUTPUT=${case_file}"
      -P "${PROJECT_SOURCE_DIR}/cmake/list_test_cases.cmake"
    VERBATIM)
  file(WRITE "${include_file}"
    "if(EXISTS [==[${case_file}]==])\n"
    "  include([==[${case_file}]==])\n"
    "else()\n"
    "  add_test([==[${test_NAME}: is built]==] [==[${CMAKE_COMMAND}]==] -E false)\n"
    "endif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${include_file}")
endfunction()

# forkmap_add_script_test(NAME cli_run COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/run.sh $<TARGET_FILE:forkmap>
#                         [LABELS ...] [TIMEOUT seconds] [ENVIRONMENT A=b] [RUN_SERIAL] [COST n])
# is a test that is a command; it passes if that exits 0, and is told as skipped if that exits 77.
function(forkmap_add_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "RUN_SERIAL" "NAME;TIMEOUT;COST" "COMMAND;LABELS;ENVIRONMENT")
  if(test_UNPARSED_ARGUMENTS OR NOT test_NAME OR NOT test_COMMAND)
    message(FATAL_ERROR "forkmap_add_script_test: NAME and COMMAND are needed, and this is not understood: ${test_UNPARSED_ARGUMENTS}")
  endif()
  forkmap_test_is_wanted("${test_LABELS}" wanted)
  if(NOT wanted)
    return()
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT ${FORKMAP_TEST_TIMEOUT})
  endif()
  math(EXPR test_TIMEOUT "${test_TIMEOUT} * ${FORKMAP_TIMEOUT_FACTOR}")
  add_test(NAME ${test_NAME} COMMAND ${test_COMMAND})
  set_tests_properties(${test_NAME} PROPERTIES
    TIMEOUT ${test_TIMEOUT}
    LABELS "${test_LABELS}"
    ENVIRONMENT "${FORKMAP_TEST_ENVIRONMENT};${test_ENVIRONMENT}"
    SKIP_RETURN_CODE 77
    RUN_SERIAL ${test_RUN_SERIAL})
  if(test_COST)
    set_tests_properties(${test_NAME} PROPERTIES COST ${test_COST})
  endif()
endfunction()
