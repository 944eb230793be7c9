// SPDX-License-Identifier: Apache-2.0
#include "tests/pool/error_text.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace forkmap::testing {

namespace {

// Standard error is this memory as long as it lives.
class ErrorInMemory {
 public:
  ErrorInMemory() : memory_(::memfd_create("standard error", MFD_CLOEXEC)), kept_(::dup(2)) {
    std::fflush(stderr);
    if (memory_ < 0 || kept_ < 0 || ::dup2(memory_, 2) < 0) {
      throw std::runtime_error("standard error cannot be redirected");
    }
  }
  ErrorInMemory(const ErrorInMemory&) = delete;
  ErrorInMemory& operator=(const ErrorInMemory&) = delete;
  ~ErrorInMemory() {
    std::fflush(stderr);
    ::dup2(kept_, 2);
    ::close(kept_);
    ::close(memory_);
  }
  [[nodiscard]] std::string text() const {
    std::fflush(stderr);
    std::string all;
    std::array<char, 4096> part{};
    for (;;) {
      const auto offset = static_cast<off_t>(all.size());
      const ssize_t size = ::pread(memory_, part.data(), part.size(), offset);
      if (size <= 0) return all;
      all.append(part.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  int memory_;
  int kept_;
};

}  // namespace

std::string error_text_of(const std::function<void()>& run) {
  const ErrorInMemory error;
  run();
  return error.text();
}

}  // namespace forkmap::testing
