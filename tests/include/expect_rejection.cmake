# SPDX-License-Identifier: Apache-2.0
# Compiles a case of rejected.cpp: it must fail with the text after "EXPECT <case>:" in that file, and
# with one error only. That the file compiles without a case is shown by the build.

# ONE_CASE: without what is accepted, which costs time.
set(flags -std=c++20 -fsyntax-only -DONE_CASE -I${INCLUDE})

file(STRINGS "${SOURCE}" expected REGEX "EXPECT ${CASE}: ")
string(REGEX REPLACE "^.*EXPECT ${CASE}: " "" expected "${expected}")
if(expected STREQUAL "")
  message(FATAL_ERROR "There is no EXPECT for ${CASE} in ${SOURCE}")
endif()

execute_process(COMMAND "${COMPILER}" ${flags} -DCASE_${CASE} "${SOURCE}"
  RESULT_VARIABLE status ERROR_VARIABLE text)
if(status EQUAL 0)
  message(FATAL_ERROR "${CASE} compiles")
endif()
string(FIND "${text}" "${expected}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${CASE}: \"${expected}\" is not in the message:\n${text}")
endif()
string(REGEX MATCHALL "error: " errors "${text}")
list(LENGTH errors count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${CASE}: ${count} errors instead of one:\n${text}")
endif()
