// SPDX-License-Identifier: Apache-2.0
#include "core/base/own_descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"

using namespace forkmap::base;

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

UniqueFd open_null() {
  UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  REQUIRE(fd);
  return fd;
}

// Runs `check` in a child; true if it says so.
template <class Check>
bool holds_in_child(Check check) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a child closes what its parent has opened for itself, and nothing else") {
  const UniqueFd own = open_null();
  const UniqueFd high = moved_high(open_null());
  const UniqueFd kept = open_null();
  const UniqueFd kept_too = open_null();
  const int foreign = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  REQUIRE(foreign >= 0);
  CHECK(holds_in_child([&] {
    close_own_descriptors_but(std::array{kept.get(), -1}, std::array{kept_too.get()});
    return !is_open(own.get()) && !is_open(high.get()) && is_open(kept.get()) &&
           is_open(kept_too.get()) && is_open(foreign);
  }));
  CHECK(is_open(own.get()));
  CHECK(is_open(high.get()));
  ::close(foreign);
}

TEST_CASE("a released descriptor is no longer forkmap's own") {
  UniqueFd fd = open_null();
  const int number = fd.release();
  CHECK(holds_in_child([&] {
    close_own_descriptors_but({});
    return is_open(number);
  }));
  ::close(number);
}

TEST_CASE("an owner that a child has inherited closes nothing of the child's") {
  std::optional<UniqueFd> own(open_null());
  CHECK(holds_in_child([&] {
    close_own_descriptors_but({});
    const int number = own->get();
    if (::dup2(STDERR_FILENO, number) != number) return false;  // somebody else's by now
    own.reset();
    return is_open(number);
  }));
  CHECK(is_open(own->get()));
}

TEST_CASE("a descriptor leaves the set with its owner") {
  const int number = open_null().get();  // closed again
  REQUIRE_FALSE(is_open(number));
  REQUIRE(::dup2(STDERR_FILENO, number) == number);
  CHECK(holds_in_child([&] {
    close_own_descriptors_but({});
    return is_open(number);
  }));
  CHECK_FALSE(give_up_own_descriptor(number));
  ::close(number);
}

TEST_CASE("errors of the call that gave no descriptor are kept") {
  errno = ENOENT;
  const UniqueFd none(-1);
  CHECK(errno == ENOENT);
  CHECK_FALSE(none);
}

TEST_CASE("a number that is too high for the set is an error of its opener, and not open") {
  // The limit of numbers is raised in a child, where that is allowed.
  const bool found = holds_in_child([] {
    constexpr int too_high = 1 << 20;
    const rlimit limit{too_high + 8, too_high + 8};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
    const int number = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, too_high);
    if (number < 0) return true;
    const UniqueFd fd(number);
    return !fd && errno == EMFILE && !is_open(number);
  });
  CHECK(found);
}

TEST_CASE("threads that open and close at once leave an empty set behind") {
  std::vector<std::thread> threads;
  std::atomic<int> faults{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&faults] {
      for (int round = 0; round < 2000; ++round) {
        UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!is_open(fd.get())) faults.fetch_add(1, std::memory_order_relaxed);
        fd.reset();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(faults.load(std::memory_order_relaxed) == 0);
  for (int number = 3; number < 64; ++number) CHECK_FALSE(give_up_own_descriptor(number));
}
