// SPDX-License-Identifier: Apache-2.0
#include "bench/limits/memory.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "bench/run/stopwatch.hpp"

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

}  // namespace forkmap::bench
