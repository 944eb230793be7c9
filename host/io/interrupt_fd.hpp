// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// At a prompt Ctrl-C ends the map that runs, not the session. Until take_over() an interrupt ends
// the process.
class InterruptFd {
 public:
  void take_over();  // throws SystemError
  // Readable after an interrupt; -1 before take_over().
  [[nodiscard]] int fd() const noexcept { return signals_.get(); }
  // What came until now is of no concern any more.
  void forget() noexcept;

 private:
  base::UniqueFd signals_;
};

}  // namespace forkmap::host
