# SPDX-License-Identifier: Apache-2.0
# Run after each link of a test executable: writes a CTest file with one test for each TEST_CASE in it.
# Arguments: EXECUTABLE LIST_OPTION PREFIX LABELS TIMEOUT ENVIRONMENT SERIAL OUTPUT

separate_arguments(list_option UNIX_COMMAND "${LIST_OPTION}")
set(ENV{ASAN_OPTIONS} "detect_leaks=0")
# Catch2 2 exits with the number of tests that it listed, so its status says little.
execute_process(COMMAND "${EXECUTABLE}" ${list_option} OUTPUT_VARIABLE listing RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status MATCHES "^[0-9]+$" OR listing STREQUAL "")
  message(FATAL_ERROR "${EXECUTABLE} lists no test (status ${status}): ${errors}")
endif()

if(listing MATCHES ";|\\[|\\]")
  message(FATAL_ERROR "${EXECUTABLE}: a test's name may hold neither a semicolon nor brackets:\n${listing}")
endif()
list(REMOVE_ITEM ENVIRONMENT "")
string(STRIP "${listing}" listing)
string(REPLACE "\n" ";" names "${listing}")

set(text "")
foreach(name IN LISTS names)
  string(STRIP "${name}" name)
  # Commas separate patterns and backslashes escape on Catch2's command line.
  string(REPLACE "\\" "\\\\" pattern "${name}")
  string(REPLACE "," "\\," pattern "${pattern}")
  string(APPEND text
    "add_test([==[${PREFIX}: ${name}]==] [==[${EXECUTABLE}]==] [==[${pattern}]==])\n"
    "set_tests_properties([==[${PREFIX}: ${name}]==] PROPERTIES TIMEOUT ${TIMEOUT} LABELS [==[${LABELS}]==]"
    " ENVIRONMENT [==[${ENVIRONMENT}]==] RUN_SERIAL ${SERIAL})\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
