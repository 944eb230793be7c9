// SPDX-License-Identifier: Apache-2.0
#include "core/shm/mapping.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <forkmap/error.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/memory_locks.hpp"
#include "core/shm/memfd.hpp"
#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap;
using shm::Access;
using shm::AtFork;
using shm::Mapping;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

// Reads of and writes to memory that may be gone; not to be optimised away.
std::byte read_byte(const std::byte* from) { return *const_cast<const volatile std::byte*>(from); }
void write_byte(std::byte* to, std::byte value) { *const_cast<volatile std::byte*>(to) = value; }

std::uint64_t memory_bytes(int fd) {
  struct stat file{};
  REQUIRE(::fstat(fd, &file) == 0);
  return static_cast<std::uint64_t>(file.st_blocks) * 512;
}

// The flags that the kernel shows for the mapping at `address`.
std::string kernel_flags(const std::byte* address) {
  std::ostringstream begin;
  begin << std::hex << reinterpret_cast<std::uintptr_t>(address) << '-';
  std::ifstream maps("/proc/self/smaps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.rfind(begin.str(), 0) == 0) found = true;
    if (found && line.rfind("VmFlags:", 0) == 0) return line.substr(8) + ' ';
  }
  return {};
}

bool is_all_zero(const std::byte* begin, std::uint64_t size_bytes) {
  return std::all_of(begin, begin + size_bytes,
                     [](std::byte value) { return value == std::byte{}; });
}

}  // namespace

TEST_CASE("two mappings of one file show the same bytes, also when the descriptor is closed") {
  base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  const Mapping one(fd.get(), Access::read_write, kMiB, AtFork::absent);
  const Mapping other(fd.get(), Access::read_only, kMiB, AtFork::absent);
  fd.reset();
  REQUIRE(one.data() != other.data());
  CHECK(one.size_bytes() == kMiB);
  CHECK(read_byte(other.data() + kMiB - 1) == std::byte{});
  write_byte(one.data() + kMiB - 1, std::byte{7});
  CHECK(read_byte(other.data() + kMiB - 1) == std::byte{7});
}

TEST_CASE("a write to a read-only mapping is a segmentation fault") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  const int status = tests::run_forked([&] {
    const Mapping mapping(fd.get(), Access::read_only, kMiB, AtFork::absent);
    if (read_byte(mapping.data()) != std::byte{}) return 1;
    write_byte(mapping.data(), std::byte{1});
    return 2;
  });
  CHECK(tests::died_of(status, SIGSEGV));
}

TEST_CASE("an absent mapping is gone in a child, an inherited one is shared with it") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  const Mapping absent(fd.get(), Access::read_write, kMiB, AtFork::absent);
  const Mapping inherited(fd.get(), Access::read_write, kMiB, AtFork::inherit);
  CHECK(tests::died_of(
      tests::run_forked([&] { return static_cast<int>(read_byte(absent.data())); }), SIGSEGV));
  CHECK(tests::exited_with(tests::run_forked([&] {
                             write_byte(inherited.data(), std::byte{5});
                             return 0;
                           }),
                           0));
  CHECK(read_byte(absent.data()) == std::byte{5});
}

TEST_CASE("no mapping is in a core dump") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", kMiB);
  const Mapping absent(fd.get(), Access::read_write, kMiB, AtFork::absent);
  const Mapping inherited(fd.get(), Access::read_write, kMiB, AtFork::inherit);
  CHECK(kernel_flags(absent.data()).find(" dd ") != std::string::npos);  // "do not dump"
  CHECK(kernel_flags(absent.data()).find(" dc ") != std::string::npos);  // "do not copy"
  CHECK(kernel_flags(inherited.data()).find(" dd ") != std::string::npos);
  CHECK(kernel_flags(inherited.data()).find(" dc ") == std::string::npos);
}

TEST_CASE("punched pages go back to the system and read as zeros") {
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", 8 * kMiB);
  const Mapping mapping(fd.get(), Access::read_write, 8 * kMiB, AtFork::absent);
  std::fill(mapping.data(), mapping.data() + 8 * kMiB, std::byte{1});
  CHECK(memory_bytes(fd.get()) >= 8 * kMiB);
  CHECK(mapping.punch(2 * kMiB, 4 * kMiB));
  CHECK(memory_bytes(fd.get()) < 6 * kMiB);
  CHECK(memory_bytes(fd.get()) >= 4 * kMiB);
  CHECK(read_byte(mapping.data() + 2 * kMiB - 1) == std::byte{1});
  CHECK(is_all_zero(mapping.data() + 2 * kMiB, 4 * kMiB));
  CHECK(read_byte(mapping.data() + 6 * kMiB) == std::byte{1});
}

TEST_CASE("a punch leaves the pages alone that lie only partly in its stretch") {
  const std::uint64_t page = shm::page_bytes();
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", 4 * page);
  const Mapping mapping(fd.get(), Access::read_write, 4 * page, AtFork::absent);
  std::fill(mapping.data(), mapping.data() + 4 * page, std::byte{1});
  CHECK(mapping.punch(1, page - 2));
  CHECK(mapping.punch(1, 2 * page));  // whole: page 1
  CHECK(read_byte(mapping.data()) == std::byte{1});
  CHECK(read_byte(mapping.data() + page - 1) == std::byte{1});
  CHECK(is_all_zero(mapping.data() + page, page));
  CHECK(read_byte(mapping.data() + 2 * page) == std::byte{1});
}

TEST_CASE("a punch says when the system refuses it") {
  const std::uint64_t size = 4 * shm::page_bytes();
  const base::UniqueFd fd = shm::create_memfd("forkmap-test", size);
  const Mapping mapping(fd.get(), Access::read_write, size, AtFork::absent);
  // By its number, since the address sanitizer makes mlock() do nothing.
  if (::syscall(SYS_mlock, mapping.data(), size) != 0) {
    SUCCEED("not allowed to lock four pages");
    return;
  }
  write_byte(mapping.data(), std::byte{1});
  CHECK_FALSE(mapping.punch(0, size));
  CHECK(read_byte(mapping.data()) == std::byte{1});
}

TEST_CASE("what cannot be mapped is a system error with its number") {
  try {
    const Mapping mapping(-1, Access::read_write, kMiB, AtFork::absent);
    FAIL("mapped a descriptor that is none");
  } catch (const SystemError& error) {
    CHECK(error.number() == EBADF);
    CHECK(std::string(error.what()).find("map 1048576 bytes of shared memory") !=
          std::string::npos);
  }
}

#if !defined(FORKMAP_SANITIZED)  // which makes mlockall() do nothing
TEST_CASE("a mapping of a process that locks its memory is neither filled nor locked") {
  if (::geteuid() != 0) {
    SUCCEED("not run as root: others may lock too little");
    return;
  }
  const int status = tests::run_forked([] {
    if (::mlockall(MCL_FUTURE) != 0) return 3;
    for (const shm::Pages pages : {shm::Pages::any, shm::Pages::huge}) {
      const base::UniqueFd fd = shm::create_memfd("forkmap-test", 64 * kMiB);
      const Mapping mapping(fd.get(), Access::read_write, 64 * kMiB, AtFork::inherit, pages);
      if (memory_bytes(fd.get()) != 0) return 4;
      write_byte(mapping.data() + 5 * kMiB, std::byte{7});
      if (!mapping.punch(4 * kMiB, 4 * kMiB) || memory_bytes(fd.get()) != 0) return 5;
    }
    return base::fills_new_memory() ? 0 : 6;  // what the program maps is locked as before
  });
  CHECK(tests::exited_with(status, 0));
}
#endif
