// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "host/shell/pools.hpp"

namespace forkmap::host {

// The lines of a script or of what is typed, with a prompt on a terminal. Pools go on while it
// waits.
class ShellLineReader {
 public:
  // `fd` stays the caller's.
  explicit ShellLineReader(int fd);

  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }
  // Nothing at the end. A last line needs no line end. Throws SystemError.
  [[nodiscard]] std::optional<std::string> next(ShellPools& pools);

 private:
  // False at the end of the input.
  bool read_more(ShellPools& pools);

  int fd_;
  bool is_terminal_;
  bool ended_ = false;
  std::string text_;  // read and not given yet
};

}  // namespace forkmap::host
