// SPDX-License-Identifier: Apache-2.0
//
// The functions of the test plugin `faulty`. Those called *_on_three do what their name says when
// the argument is 3, and otherwise return it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace faulty {

// deaths.cpp: ways for a worker to die or to stand still.
std::int64_t crash_on_three(std::int64_t x);
std::int64_t abort_on_three(std::int64_t x);
std::int64_t exit_on_three(std::int64_t x);  // exit(7)
std::int64_t quick_exit_on_three(std::int64_t x);
std::int64_t exit_zero_on_three(std::int64_t x);  // _exit(0)
std::int64_t pthread_exit_on_three(std::int64_t x);
std::int64_t kill_self_on_three(std::int64_t x);  // SIGKILL
std::int64_t stop_self_on_three(std::int64_t x);  // SIGSTOP
std::int64_t stack_overflow_on_three(std::int64_t x);
std::int64_t hang_on_three(std::int64_t x);  // spins for ever
std::int64_t throw_in_thread_on_three(std::int64_t x);

// crashes.cpp: crashes that a report should tell of.
std::int64_t divide_by_zero_on_three(std::int64_t x);
std::int64_t free_bad_pointer_on_three(std::int64_t x);  // glibc aborts
std::int64_t call_null_on_three(std::int64_t x);         // calls a null pointer
std::int64_t crash_in_thread_on_three(std::int64_t x);
std::int64_t overflow_in_thread_on_three(std::int64_t x);
std::int64_t smash_stack_on_three(std::int64_t x);  // overwrites return addresses, then crashes
std::int64_t lose_stack_on_three(std::int64_t x);   // SIGFPE, with a stack pointer to nowhere
std::int64_t crash_in_many_threads_on_three(std::int64_t x);
std::int64_t crash_under_lock_on_three(std::int64_t x);  // a thread keeps the dynamic loader's lock
std::int64_t crash_in_child(std::int64_t x);             // the signal that a forked child ended by
std::int64_t send_segv_on_three(std::int64_t x);         // kill(getpid(), SIGSEGV)

// filters.cpp: system calls that a seccomp filter forbids.
std::int64_t forbidden_call_on_three(std::int64_t x);  // the kernel kills the process
std::int64_t trapped_call_on_three(std::int64_t x);    // the kernel sends SIGSYS

// errors.cpp: exceptions.
std::int64_t throw_on_three(std::int64_t x);      // std::runtime_error("three is not allowed")
std::int64_t throw_int_on_three(std::int64_t x);  // 42
std::int64_t throw_long_text(std::int64_t size_bytes);

// echoes.cpp: values through, time, sizes.
std::string echo(std::string_view text);
std::vector<std::byte> echo_bytes(std::span<const std::byte> bytes);
std::vector<double> echo_array(std::span<const double> values);
std::string grow(std::int64_t size_bytes);
std::int64_t spin_us(std::int64_t duration_us);  // busy; returns its argument
std::int64_t sleep_ms(std::int64_t duration_ms);
std::int64_t pid(std::int64_t x);
std::tuple<std::uint64_t, std::uint64_t> index_and_seed(std::int64_t x);
void nothing(std::int64_t x);

// state.cpp: what a process remembers.
std::int64_t stale_variable(std::int64_t x);         // the variable; 1 until set
std::int64_t set_variable(std::int64_t value);       // returns the former value
std::string parameter_value(std::string_view name);  // FunctionError if it was not given
std::int64_t blocked_signals(std::int64_t x);        // how many signals the mask blocks
std::int64_t changed_signals(std::int64_t x);        // how many are ignored
std::int64_t open_descriptors(std::int64_t x);
std::int64_t core_limit(std::int64_t x);  // RLIMIT_CORE; -1: none

// logs.cpp: side effects that can be counted, in the file named by the parameter `log`.
void append_line(std::string_view line);
std::int64_t count_calls(std::int64_t x);  // appends "X PID"
std::int64_t count_calls_crash_on_three(std::int64_t x);
std::int64_t crash_first_time(std::int64_t x);  // crashes unless the log has X already; appends X

// strays.cpp: other processes, descriptors and streams.
std::int64_t print_junk(std::int64_t size_bytes);
std::int64_t close_descriptors(std::int64_t x);  // closes 3 .. 4096
std::int64_t fork_and_return(std::int64_t x);    // parent and child both return
std::int64_t spawn_sleeper(std::int64_t x);      // pid of a `sleep 1000` in a session of its own
std::int64_t spawn_daemon(std::int64_t x);       // the same, forked twice
std::int64_t block_signals(std::int64_t x);      // blocks all, then sleeps for x ms
std::int64_t shell_wait(std::int64_t x);         // status of system("sleep 0.1 & wait")

}  // namespace faulty
