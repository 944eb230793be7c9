// SPDX-License-Identifier: Apache-2.0
#include "core/base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <forkmap/error.hpp>

#include "tests/catch.hpp"

using forkmap::base::moved_high;
using forkmap::base::UniqueFd;

namespace {

UniqueFd open_null() {
  UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  REQUIRE(fd);
  return fd;
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("an empty descriptor owns nothing") {
  UniqueFd fd;
  CHECK_FALSE(fd);
  CHECK(fd.get() == -1);
  fd.reset();
  CHECK(fd.release() == -1);
}

TEST_CASE("a descriptor is closed at the end of its owner's life") {
  int number = -1;
  {
    const UniqueFd fd = open_null();
    number = fd.get();
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a moved descriptor has one owner") {
  UniqueFd first = open_null();
  const int number = first.get();
  UniqueFd second(std::move(first));
  CHECK(first.get() == -1);
  CHECK(second.get() == number);
  first.reset();
  CHECK(is_open(number));
}

TEST_CASE("assigning a descriptor closes the one that was held") {
  UniqueFd held = open_null();
  const int old_number = held.get();
  UniqueFd other = open_null();
  const int number = other.get();
  held = std::move(other);
  CHECK_FALSE(is_open(old_number));
  CHECK(held.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("assigning a descriptor to itself keeps it open") {
  UniqueFd fd = open_null();
  const int number = fd.get();
  UniqueFd& same = fd;
  fd = std::move(same);
  CHECK(fd.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("a released descriptor stays open") {
  UniqueFd fd = open_null();
  const int number = fd.release();
  CHECK_FALSE(fd);
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("reset closes once and leaves nothing to close") {
  UniqueFd fd = open_null();
  const int number = fd.get();
  fd.reset();
  CHECK_FALSE(is_open(number));
  const UniqueFd successor = open_null();
  fd.reset();
  CHECK(is_open(successor.get()));
}

TEST_CASE("a descriptor moved high keeps its file, closes its old number and closes on exec") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  UniqueFd fd = open_null();
  const int old_number = fd.get();
  const UniqueFd high = moved_high(std::move(fd));
  CHECK_FALSE(is_open(old_number));
  CHECK(::fcntl(high.get(), F_GETFD) == FD_CLOEXEC);
  CHECK(high.get() >= (limit.rlim_cur >= 1024 ? 512 : static_cast<int>(limit.rlim_cur) / 2));
}

TEST_CASE("a low limit of descriptors moves them as high as it allows") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit limit{64, 64};
    int result = 1;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) {
      const UniqueFd high = moved_high(UniqueFd(::dup(STDIN_FILENO)));
      result = high.get() >= 32 && high.get() < 64 ? 0 : 2;
    }
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("moving what is no open descriptor is a system error") {
  const int number = open_null().get();  // closed again
  UniqueFd closed(number);
  CHECK_THROWS_AS(moved_high(std::move(closed)), forkmap::SystemError);
}
