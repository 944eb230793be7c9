# SPDX-License-Identifier: Apache-2.0
# Run after each link of a test executable: writes a CTest file with one test for each TEST_CASE in it.
# Arguments: EXECUTABLE LIST_OPTION PREFIX LABELS TIMEOUT ENVIRONMENT SERIAL COST OUTPUT

separate_arguments(list_option UNIX_COMMAND "${LIST_OPTION}")
set(ENV{ASAN_OPTIONS} "detect_leaks=0")
# Catch2 2 exits with the number of tests that it listed, so its status says little.
execute_process(COMMAND "${EXECUTABLE}" ${list_option} OUTPUT_VARIABLE listing RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status MATCHES "^[0-9]+$" OR listing STREQUAL "")
  message(FATAL_ERROR "${EXECUTABLE} lists no test (status ${status}): ${errors}")
endif()

# Semicolons and brackets mean something to CMake's lists, so they are taken out of the names on the way.
string(ASCII 1 semicolon)
string(ASCII 2 open)
string(ASCII 3 close)
string(STRIP "${listing}" listing)
string(REPLACE ";" "${semicolon}" listing "${listing}")
string(REPLACE "[" "${open}" listing "${listing}")
string(REPLACE "]" "${close}" listing "${listing}")
string(REPLACE "\n" ";" names "${listing}")
list(REMOVE_ITEM ENVIRONMENT "")
set(cost "")
if(COST)
  set(cost " COST ${COST}")
endif()

# A test that asserts nothing fails, and so does a name that no test has (Catch2 2 would be content with it). One that
# cannot be run here says "SKIPPED: " and why.
set(text "")
foreach(name IN LISTS names)
  string(REPLACE "${semicolon}" ";" name "${name}")
  string(REPLACE "${open}" "[" name "${name}")
  string(REPLACE "${close}" "]" name "${name}")
  string(STRIP "${name}" name)
  if(name MATCHES "^~|^exclude:")
    message(FATAL_ERROR "${EXECUTABLE}: Catch2 reads this name as an exclusion: ${name}")
  endif()
  # On Catch2's command line commas separate patterns, brackets enclose tags and backslashes escape.
  set(pattern "${name}")
  foreach(special IN ITEMS "\\" "," "[" "]")
    string(REPLACE "${special}" "\\${special}" pattern "${pattern}")
  endforeach()
  string(APPEND text
    "add_test([==[${PREFIX}: ${name}]==] [==[${EXECUTABLE}]==] [==[${pattern}]==] --warn NoAssertions)\n"
    "set_tests_properties([==[${PREFIX}: ${name}]==] PROPERTIES TIMEOUT ${TIMEOUT} LABELS [==[${LABELS}]==]"
    " ENVIRONMENT [==[${ENVIRONMENT}]==] RUN_SERIAL ${SERIAL}${cost}"
    " FAIL_REGULAR_EXPRESSION [==[No test cases matched]==] SKIP_REGULAR_EXPRESSION [==[SKIPPED: ]==])\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
