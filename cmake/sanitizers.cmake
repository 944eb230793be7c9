# SPDX-License-Identifier: Apache-2.0
# forkmap::sanitizers: flags for FORKMAP_SANITIZE, and the environment that the tests of such a build need.
# forkmap::compiled_soon: further flags for what is not core, which nearly halve the compiler's time. What is linked
# behind another library has its flags behind that one's.

add_library(forkmap_sanitizers INTERFACE)
add_library(forkmap::sanitizers ALIAS forkmap_sanitizers)
add_library(forkmap_compiled_soon INTERFACE)
add_library(forkmap::compiled_soon ALIAS forkmap_compiled_soon)

set(FORKMAP_TEST_ENVIRONMENT "")
set(FORKMAP_TIMEOUT_FACTOR 1)

if(FORKMAP_SANITIZE STREQUAL "address")
  # Without vptr: that check opens a pipe to look at an object, and where a test leaves the process no descriptor it
  # takes the failure for a bad object.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(forkmap_sanitizers INTERFACE "$<$<COMPILE_LANGUAGE:C,CXX>:${flags}>")
  target_link_options(forkmap_sanitizers INTERFACE ${flags})
  # The checks hold millions of pointers, which each start of a program at a random address would have to correct.
  set(is_program "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>")
  target_link_options(forkmap_sanitizers INTERFACE "$<${is_program}:-no-pie>")
  # A null pointer that is used is a SIGSEGV anyway, and objects at odd addresses are a matter of the lane's.
  # What only starts the programs that are tested needs no check of its own.
  target_compile_options(forkmap_compiled_soon INTERFACE
    "$<$<CONFIG:RelWithDebInfo>:-O0;-fno-sanitize=null,alignment>"
    "$<$<BOOL:$<TARGET_PROPERTY:FORKMAP_PROGRAMS>>:-fno-sanitize=all>")
  # A worker's crash stays the plain signal that the zygote reports: the sanitizer takes no signal for itself.
  set(asan_option_list handle_segv=0 handle_abort=0 handle_sigbus=0 handle_sigfpe=0 handle_sigill=0
    allow_user_segv_handler=1 use_sigaltstack=0 detect_stack_use_after_return=0 abort_on_error=1
    allocator_may_return_null=1 disable_coredump=0)
  list(JOIN asan_option_list ":" asan_options)
  list(APPEND FORKMAP_TEST_ENVIRONMENT "ASAN_OPTIONS=${asan_options}" "UBSAN_OPTIONS=print_stacktrace=1")
  set(FORKMAP_TIMEOUT_FACTOR 4)
elseif(FORKMAP_SANITIZE STREQUAL "thread")
  set(flags -fsanitize=thread -fno-omit-frame-pointer)
  # GCC warns that it does not model fences. Ours stand between atomics only, never in place of an acquire or a release.
  target_compile_options(forkmap_sanitizers INTERFACE ${flags} "$<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>")
  target_link_options(forkmap_sanitizers INTERFACE ${flags})
  list(APPEND FORKMAP_TEST_ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")
  set(FORKMAP_TIMEOUT_FACTOR 6)
elseif(NOT FORKMAP_SANITIZE STREQUAL "none")
  message(FATAL_ERROR "FORKMAP_SANITIZE is \"${FORKMAP_SANITIZE}\"; it may be none, address or thread.")
endif()
