// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

// Descriptors that are waited for together: it is readable while one of them is.
class EpollSet {
 public:
  EpollSet();  // throws SystemError

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
  void add(int fd);              // throws SystemError
  void remove(int fd) noexcept;  // nothing, if it is not one of them
  // Without waiting. Where it cannot be asked, it is.
  [[nodiscard]] bool is_ready() const noexcept;

 private:
  UniqueFd epoll_;
};

}  // namespace forkmap::base
