// SPDX-License-Identifier: Apache-2.0
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

// No sanitizer in this file: plain signals are wanted.
__attribute__((noinline, no_sanitize("undefined"))) std::int64_t read_nowhere() {
  const volatile std::int64_t* volatile nowhere = nullptr;
  return *nowhere;
}

}  // namespace

__attribute__((no_sanitize("undefined"))) std::int64_t divide_by_zero_on_three(std::int64_t x) {
  volatile std::int64_t zero = x - 3;
  return zero == 0 ? x / zero : x;
}

std::int64_t free_bad_pointer_on_three(std::int64_t x) {
  // Zeros, so that what free() takes for the header of a block is none.
  char* volatile inside = static_cast<char*>(std::calloc(1, 256));
  std::free(x == 3 ? inside + 24 : inside);
  return x;
}

__attribute__((no_sanitize("undefined"))) std::int64_t call_null_on_three(std::int64_t x) {
  std::int64_t (*volatile function)(std::int64_t) = nullptr;
  // Not in tail position, so that this function is still on the stack.
  return x == 3 ? function(x) + 1 : x;
}

std::int64_t crash_in_thread_on_three(std::int64_t x) {
  if (x == 3) std::thread([] { (void)read_nowhere(); }).join();
  return x;
}

__attribute__((noinline, no_sanitize("address", "undefined"))) std::int64_t smash_stack_on_three(
    std::int64_t x) {
  if (x != 3) return x;
  auto* const frame = static_cast<volatile char*>(__builtin_frame_address(0));
  for (int byte = 0; byte < 256; ++byte) frame[byte] = 'A';
  return read_nowhere() + frame[0];
}

std::int64_t lose_stack_on_three(std::int64_t x) {
  if (x != 3) return x;
#if defined(__x86_64__)
  asm volatile(
      "movq $16, %rsp\n\t"
      "xorl %ecx, %ecx\n\t"
      "xorl %edx, %edx\n\t"
      "movl $1, %eax\n\t"
      "divl %ecx");
  __builtin_unreachable();
#else
  ::raise(SIGFPE);
  return x;
#endif
}

std::int64_t crash_in_many_threads_on_three(std::int64_t x) {
  if (x != 3) return x;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) threads.emplace_back([] { (void)read_nowhere(); });
  for (std::thread& thread : threads) thread.join();
  return x;
}

std::int64_t crash_under_lock_on_three(std::int64_t x) {
  if (x != 3) return x;
  static std::atomic<bool> is_locked;
  std::thread([] {
    const auto stay = [](dl_phdr_info*, std::size_t, void*) {
      is_locked = true;
      for (;;) ::pause();
      return 0;
    };
    ::dl_iterate_phdr(stay, nullptr);
  }).detach();
  while (!is_locked) ::sched_yield();
  return read_nowhere();
}

std::int64_t crash_in_child(std::int64_t) {
  const ::pid_t child = ::fork();
  if (child == -1) throw std::runtime_error("cannot fork");
  if (child == 0) {
    (void)read_nowhere();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

std::int64_t send_segv_on_three(std::int64_t x) {
  if (x == 3) ::kill(::getpid(), SIGSEGV);
  return x;
}

}  // namespace faulty
