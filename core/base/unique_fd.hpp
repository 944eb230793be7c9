// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "core/base/own_descriptors.hpp"

namespace forkmap::base {

// Owns one file descriptor of forkmap's own; closes it once. As long as it does, the descriptor is
// in the set that processes which run foreign code close (own_descriptors.hpp).
class UniqueFd {
 public:
  UniqueFd() = default;
  // Empty for a negative number; errno is then as the call that gave it has left it.
  explicit UniqueFd(int fd) noexcept : fd_(enter_own_descriptor(fd)) {}
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
  // The descriptor is the caller's, and in no set any more.
  [[nodiscard]] int release() noexcept;
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// Moves the descriptor to a high number (512 or above, or as high as RLIMIT_NOFILE allows), close
// on exec, so that code which closes or reuses "the next few" descriptors does not hit it. Throws
// SystemError.
[[nodiscard]] UniqueFd moved_high(UniqueFd fd);

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

// Both ends close on exec. Throws SystemError.
[[nodiscard]] Pipe make_pipe();

// The two ends of a pair of local sockets of that type (SOCK_SEQPACKET and flags), at high numbers.
// Throws SystemError.
[[nodiscard]] std::pair<UniqueFd, UniqueFd> make_socket_pair(int type);

}  // namespace forkmap::base
