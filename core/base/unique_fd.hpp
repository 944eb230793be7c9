// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace forkmap::base {

// Owns one file descriptor; closes it once.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// Moves the descriptor to a high number (512 or above, or as high as RLIMIT_NOFILE allows), close
// on exec, so that code which closes or reuses "the next few" descriptors does not hit it. Throws
// SystemError.
[[nodiscard]] UniqueFd moved_high(UniqueFd fd);

}  // namespace forkmap::base
