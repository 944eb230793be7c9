// SPDX-License-Identifier: Apache-2.0
#include "bench/limits/memory.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "bench/run/stopwatch.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::bench {

double copy_bytes_per_second(std::size_t size, std::size_t times) {
  const auto from = std::make_unique<std::byte[]>(size);
  const auto to = std::make_unique<std::byte[]>(size);
  std::memset(from.get(), 1, size);
  std::memset(to.get(), 2, size);
  const Stopwatch watch;
  for (std::size_t time = 0; time < times; ++time) {
    std::memcpy(to.get(), from.get(), size);
    asm volatile("" : : "r"(to.get()) : "memory");  // the copy is not left out
  }
  return static_cast<double>(size * times) / watch.seconds();
}

std::size_t count_lines(std::span<const char> text) {
  std::size_t lines = 0;
  while (!text.empty()) {
    const void* end = std::memchr(text.data(), '\n', text.size());
    if (end == nullptr) return lines;
    ++lines;
    text = text.subspan(static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1);
  }
  return lines;
}

double fork_ms(int times) {
  const Stopwatch watch;
  for (int time = 0; time < times; ++time) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    if (pid > 0) ::waitpid(pid, nullptr, 0);
  }
  return watch.ms() / times;
}

namespace {

constexpr std::size_t kPageBytes = 4096;

// Descriptor -1: private memory. Without large pages, whatever the machine's setting.
double fault_ns(int descriptor, std::size_t pages) {
  const std::size_t size = pages * kPageBytes;
  const int sharing = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, sharing, descriptor, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "map memory");
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  auto* const bytes = static_cast<volatile char*>(memory);
  const Stopwatch watch;
  for (std::size_t page = 0; page < pages; ++page) bytes[page * kPageBytes] = 1;
  const double seconds = watch.seconds();
  ::munmap(memory, size);
  return seconds * 1e9 / static_cast<double>(pages);
}

}  // namespace

double private_fault_ns(std::size_t pages) { return fault_ns(-1, pages); }

double shared_fault_ns(std::size_t pages) {
  const base::UniqueFd file(::memfd_create("forkmap-bench", MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(pages * kPageBytes)) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a memfd");
  }
  return fault_ns(file.get(), pages);
}

}  // namespace forkmap::bench
