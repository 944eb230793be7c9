// SPDX-License-Identifier: Apache-2.0
#include "core/process/stack_range.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "core/process/alternate_stack.hpp"
#include "tests/catch.hpp"

using namespace forkmap::process;

namespace {

constexpr std::uintptr_t kMiB = std::uintptr_t{1} << 20U;
constexpr StackRange kStack{0x7000'0000'0000, 0x7000'0000'0000 + 8 * kMiB};

std::uintptr_t here() {
  const volatile char place = 0;
  return reinterpret_cast<std::uintptr_t>(&place);
}

void leave_if_signal_stack_is_used(int) {
  stack_t stack{};
  ::sigaltstack(nullptr, &stack);
  ::_exit((stack.ss_flags & SS_ONSTACK) != 0 ? 42 : 1);
}

volatile int kept;
void use_up_the_stack(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  if (depth >= 0) use_up_the_stack(depth + 1);
  kept = room[0];
}

}  // namespace

TEST_CASE("a thread's stack is where its variables are") {
  const auto is_inside = [] {
    const StackRange stack = stack_of_this_thread();
    return here() >= stack.low && here() < stack.high;
  };
  CHECK(is_inside());
  bool inside = false;
  std::thread([&] { inside = is_inside(); }).join();
  CHECK(inside);
}

TEST_CASE("a fault where the stack pointer says the stack is means that it is used up") {
  const std::uintptr_t low = kStack.low;
  CHECK(is_stack_overflow(low - 8, low, kStack));                        // a push
  CHECK(is_stack_overflow(low - 64, low - 4096, kStack));                // a frame of a page
  CHECK(is_stack_overflow(low - kMiB, low - 16 * kMiB, kStack));         // a frame of 16 MiB
  CHECK(is_stack_overflow(low + 100, low + 64, kStack));                 // above a guard gap
  CHECK(is_stack_overflow(0x5000'0000'0010, 0x5000'0000'0100, kStack));  // a stack of its own
}

TEST_CASE("a fault elsewhere is no stack overflow") {
  const std::uintptr_t middle = kStack.low + 4 * kMiB;
  CHECK_FALSE(is_stack_overflow(0, middle, kStack));
  CHECK_FALSE(is_stack_overflow(8, middle, kStack));
  CHECK_FALSE(is_stack_overflow(0x5000'0000'0000, middle, kStack));
  CHECK_FALSE(is_stack_overflow(kStack.high + 8, middle, kStack));  // behind its beginning
  CHECK_FALSE(is_stack_overflow(kStack.low - 5 * kMiB, middle, kStack));
  CHECK_FALSE(is_stack_overflow(0, 0, kStack));
  CHECK_FALSE(is_stack_overflow(0x5000'0000'0000, 0x4000'0000'0000, kStack));
}

TEST_CASE("a handler on the alternate stack runs when the own stack is used up") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const AlternateStack stack;
    struct sigaction action{};
    action.sa_handler = leave_if_signal_stack_is_used;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(SIGSEGV, &action, nullptr);
    use_up_the_stack(0);
    ::_exit(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
}
