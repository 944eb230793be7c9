// SPDX-License-Identifier: Apache-2.0
#include "core/shm/memfd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

struct stat file_of(int fd) {
  struct stat file{};
  REQUIRE(::fstat(fd, &file) == 0);
  return file;
}

}  // namespace

TEST_CASE("shared memory has the size that was asked for and costs nothing untouched") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", 1024 * kMiB);
  const struct stat file = file_of(fd.get());
  CHECK(file.st_size == static_cast<off_t>(1024 * kMiB));
  CHECK(file.st_blocks == 0);
}

TEST_CASE("nobody can shrink or grow shared memory, or take the seals off") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  errno = 0;
  CHECK(::ftruncate(fd.get(), 0) == -1);
  CHECK(errno == EPERM);
  errno = 0;
  CHECK(::ftruncate(fd.get(), static_cast<off_t>(2 * kMiB)) == -1);
  CHECK(errno == EPERM);
  errno = 0;
  CHECK(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
  CHECK(errno == EPERM);
  CHECK(file_of(fd.get()).st_size == static_cast<off_t>(kMiB));
}

TEST_CASE("shared memory is closed on exec") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  CHECK(::fcntl(fd.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("shared memory cannot be executed where the kernel knows how to forbid it") {
  const base::UniqueFd probe(::memfd_create("probe", 0x0008U /* MFD_NOEXEC_SEAL */));
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  const bool executable = (file_of(fd.get()).st_mode & 0111U) != 0;
  CHECK(executable == !probe);
}

TEST_CASE("the limit of a mapping follows the limits of the process") {
  const std::uint64_t now = shm::size_limit_bytes();
  CHECK(now > 0);
  CHECK(now <= (std::uint64_t{1} << 47U) / 8);  // a share of the address space
  const auto under = [](int resource, rlim_t bytes) {
    return tests::run_forked([resource, bytes] {
      const rlimit limit{bytes, bytes};
      if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return 1;
      return shm::size_limit_bytes() == bytes / (resource == RLIMIT_AS ? 8 : 1) ? 0 : 2;
    });
  };
  CHECK(tests::exited_with(under(RLIMIT_FSIZE, 3 * kMiB), 0));
#if !defined(FORKMAP_SANITIZED)  // whose shadow is beyond any such limit
  CHECK(tests::exited_with(under(RLIMIT_AS, 1024 * kMiB), 0));
#endif
}

// Why size_limit_bytes() is asked first.
TEST_CASE("a size beyond RLIMIT_FSIZE is a signal, not an error") {
  const int status = tests::run_forked([] {
    const rlimit limit{kMiB, kMiB};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const base::UniqueFd fd = shm::create_memfd("forkmap-test", 2 * kMiB);
    return 2;
  });
  CHECK(tests::died_of(status, SIGXFSZ));
}

TEST_CASE("sizes are rounded up to whole pages") {
  const std::uint64_t page = shm::page_bytes();
  CHECK(page >= 4096);
  CHECK(shm::round_up_to_page(0) == 0);
  CHECK(shm::round_up_to_page(1) == page);
  CHECK(shm::round_up_to_page(page) == page);
  CHECK(shm::round_up_to_page(page + 1) == 2 * page);
}
