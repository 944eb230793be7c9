// SPDX-License-Identifier: Apache-2.0
//
// Zygotes that are forked while another thread of the host holds a lock of the C library that fork
// does not reset.
#include <cxxabi.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/process/own_environment.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;

namespace {

// A thread that does the same for as long as it lives.
class Busy {
 public:
  explicit Busy(std::function<void()> act)
      : thread_([this, act = std::move(act)] {
          while (!ends_.load(std::memory_order_relaxed)) act();  // relaxed: nothing else is told
        }) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    ends_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

 private:
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

[[maybe_unused]] void register_and_forget() {
  static char token;
  for (int i = 0; i < 40; ++i) abi::__cxa_atexit([](void*) {}, nullptr, &token);
  abi::__cxa_finalize(&token);
}

[[maybe_unused]] void set_and_unset() {
  ::setenv("FORKMAP_TEST_VARIABLE", "a value that takes some room", 1);
  ::unsetenv("FORKMAP_TEST_VARIABLE");
}

}  // namespace

#if !defined(FORKMAP_SANITIZED)
// The sanitizer's allocator has locks of its own, which a fork beside threads that allocate leaves
// locked.
TEST_CASE("zygotes and workers come up while other threads are in atexit, setenv and setlocale") {
  const SharedPage page;
  // One that did nothing but register would hold the lock at every fork, or nearly.
  const auto register_now_and_then = [] {
    register_and_forget();
    std::this_thread::sleep_for(std::chrono::microseconds(1));
  };
  const std::vector<std::function<void()>> acts = {register_now_and_then, &set_and_unset, [] {
                                                     std::setlocale(LC_ALL, "C");
                                                     (void)std::strerror(12345);
                                                   }};
  const Busy first(acts[GENERATE(0U, 1U, 2U)]);
  for (int round = 0; round < 60; ++round) {
    ZygotePlan plan;
    plan.worker_body = [](WorkerBirth) {
      register_and_forget();  // as the end of each library does
      return 7;
    };
    Team team(std::move(plan), page);
    team.wait_for(EventKind::ready);
    team.spawn(0);
    const auto exited = team.wait_for(EventKind::exited);
    REQUIRE(WIFEXITED(exited.event.status));
    REQUIRE(WEXITSTATUS(exited.event.status) == 7);
  }
}
#endif

TEST_CASE("the guard's handlers are taken back in the host, however many zygotes there were") {
  static int calls = 0;
  static char token;
  const SharedPage page;
  for (int round = 0; round < 20; ++round) {
    ZygotePlan plan;
    plan.worker_body = [](WorkerBirth) { return 0; };
    Team team(std::move(plan), page);
    team.wait_for(EventKind::ready);
    team.spawn(0);
    team.wait_for(EventKind::exited);
  }
  // What is registered now is called as ever.
  abi::__cxa_atexit([](void*) { ++calls; }, nullptr, &token);
  abi::__cxa_finalize(&token);
  CHECK(calls == 1);
}

TEST_CASE("a variable that is set without a lock is found, and the others stay") {
  ::setenv("FORKMAP_TEST_OTHER", "kept", 1);
  ::setenv("FORKMAP_TEST_OWN", "old", 1);
  static char assignment[] = "FORKMAP_TEST_OWN=new";
  set_in_environment(assignment);
  CHECK(std::string(::getenv("FORKMAP_TEST_OWN")) == "new");
  CHECK(std::string(::getenv("FORKMAP_TEST_OTHER")) == "kept");
  ::setenv("FORKMAP_TEST_OWN", "newer", 1);
  CHECK(std::string(::getenv("FORKMAP_TEST_OWN")) == "newer");
}
