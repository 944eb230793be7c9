// SPDX-License-Identifier: Apache-2.0
//
// Whether this is still the process that made an object, without a system call: a page that the
// kernel empties in every child (MADV_WIPEONFORK), however the child was forked.
#pragma once

#include <sys/types.h>

namespace forkmap::base {

class OriginalProcess {
 public:
  OriginalProcess() noexcept;
  OriginalProcess(const OriginalProcess&) = delete;
  OriginalProcess& operator=(const OriginalProcess&) = delete;
  ~OriginalProcess();

  [[nodiscard]] bool is_here() const noexcept;

 private:
  pid_t pid_;
  volatile unsigned char* mark_ = nullptr;  // 1 here, 0 in a child; null: the pid is asked for
};

}  // namespace forkmap::base
