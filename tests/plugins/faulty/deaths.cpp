// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

// Each frame touches its own array, so that no compiler makes a loop of it.
std::int64_t recurse(std::int64_t depth) {
  volatile char frame[4096];
  frame[static_cast<std::size_t>(depth) % sizeof(frame)] = 1;
  if (depth < 0) return 0;
  return recurse(depth + 1) + frame[0];
}

}  // namespace

// No sanitizer: a plain SIGSEGV is wanted.
__attribute__((no_sanitize("undefined"))) std::int64_t crash_on_three(std::int64_t x) {
  if (x == 3) {
    const volatile std::int64_t* volatile nowhere = nullptr;
    return *nowhere;
  }
  return x;
}

std::int64_t abort_on_three(std::int64_t x) {
  if (x == 3) std::abort();
  return x;
}

std::int64_t exit_on_three(std::int64_t x) {
  if (x == 3) std::exit(7);
  return x;
}

std::int64_t quick_exit_on_three(std::int64_t x) {
  if (x == 3) std::quick_exit(7);
  return x;
}

std::int64_t exit_zero_on_three(std::int64_t x) {
  if (x == 3) ::_exit(0);
  return x;
}

std::int64_t pthread_exit_on_three(std::int64_t x) {
  if (x == 3) ::pthread_exit(nullptr);
  return x;
}

std::int64_t kill_self_on_three(std::int64_t x) {
  if (x == 3) ::kill(::getpid(), SIGKILL);
  return x;
}

std::int64_t stop_self_on_three(std::int64_t x) {
  if (x == 3) ::kill(::getpid(), SIGSTOP);
  return x;
}

std::int64_t stack_overflow_on_three(std::int64_t x) { return x == 3 ? recurse(0) : x; }

std::int64_t overflow_in_thread_on_three(std::int64_t x) {
  if (x == 3) std::thread([] { (void)recurse(0); }).join();
  return x;
}

std::int64_t hang_on_three(std::int64_t x) {
  volatile std::int64_t waited = x;
  while (x == 3) waited = waited + 1;
  return x;
}

std::int64_t throw_in_thread_on_three(std::int64_t x) {
  if (x == 3) std::thread([] { throw std::runtime_error("thrown in a thread"); }).join();
  return x;
}

}  // namespace faulty
