// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace forkmap::host {

// A program, found in PATH, and what it begins with. It has no signal blocked.
struct ProgramStart {
  std::vector<std::string> command;
  std::vector<std::string> environment = {};  // "NAME=VALUE", added to that of this process
  // Its descriptors 0 to 2; -1: /dev/null as input, those of this process as outputs.
  int input_fd = -1;
  int output_fd = -1;
  int errors_fd = -1;
  bool has_own_group = false;  // the terminal's signals do not reach it
  bool ends_with_us = false;   // SIGTERM reaches it when this process is gone, however that ends
};

inline constexpr int kNullDescriptor = -2;  // an output to /dev/null

// Returns its number. Throws SystemError, also where there is no such program.
[[nodiscard]] pid_t start_program(const ProgramStart& start);

}  // namespace forkmap::host
