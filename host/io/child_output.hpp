// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forkmap::host {

enum class ChildErrors : std::uint8_t {
  inherit,
  discard,
  with_output
};  // where its standard error goes

struct ChildOutput {
  std::string output;
  int status = 0;  // as a shell has it: exit status, or 128 + signal
};

// Runs a program, found in PATH, to its end and reads all of its standard output. Its standard
// input is `input_fd`, or empty for -1; `environment` ("NAME=VALUE") is added to this process's
// own. Throws SystemError, also where there is no such program.
[[nodiscard]] ChildOutput child_output(const std::vector<std::string>& command,
                                       const std::vector<std::string>& environment = {},
                                       ChildErrors errors = ChildErrors::inherit,
                                       int input_fd = -1);

}  // namespace forkmap::host
