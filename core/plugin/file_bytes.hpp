// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/system_error.hpp"

namespace forkmap::plugin {

// Reads pieces of a file that may be damaged, or may shrink meanwhile. Reads, never maps: a mapping
// of a file that somebody truncates is a SIGBUS. A piece outside of the file is a
// std::invalid_argument.
class FileBytes {
 public:
  FileBytes(int fd, std::uint64_t size_bytes) noexcept : fd_(fd), size_bytes_(size_bytes) {}

  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Whether [offset, offset + size) lies inside.
  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t size) const noexcept {
    return size <= size_bytes_ && offset <= size_bytes_ - size;
  }

  void read(std::uint64_t offset, void* target, std::uint64_t size, std::string_view what) const {
    if (!holds(offset, size)) {
      throw std::invalid_argument("it is cut off: its " + std::string(what) + " ends at byte " +
                                  std::to_string(offset + size) + ", the file has " +
                                  std::to_string(size_bytes_));
    }
    auto* next = static_cast<unsigned char*>(target);
    while (size > 0) {
      const ssize_t got = ::pread(fd_, next, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        throw std::invalid_argument(
            "its " + std::string(what) + " cannot be read: " +
            (got == 0 ? "the file has become shorter" : base::error_text(errno)));
      }
      next += got;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::uint64_t>(got);
    }
  }

  template <class T>
  [[nodiscard]] T value(std::uint64_t offset, std::string_view what) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T result;
    read(offset, &result, sizeof(T), what);
    return result;
  }

  template <class T>
  [[nodiscard]] std::vector<T> table(std::uint64_t offset, std::uint64_t count,
                                     std::string_view what) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (count > size_bytes_ / sizeof(T)) {
      throw std::invalid_argument("it is cut off: its " + std::string(what) + " has " +
                                  std::to_string(count) + " entries, the file only " +
                                  std::to_string(size_bytes_) + " bytes");
    }
    std::vector<T> result(count);
    read(offset, result.data(), count * sizeof(T), what);
    return result;
  }

 private:
  int fd_;
  std::uint64_t size_bytes_;
};

}  // namespace forkmap::plugin
