// SPDX-License-Identifier: Apache-2.0
//
// One command of the program: `forkmap NAME ...`. The table of them is in main.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace forkmap::host {

using Arguments = std::span<const std::string>;  // those behind the command's name

struct Command {
  std::string_view name;
  std::string_view summary;         // one line of `forkmap --help`
  int (*run)(Arguments arguments);  // the exit status; throws forkmap::Error
};

// One source file each, of the same name.
[[nodiscard]] int run_command(Arguments arguments);
[[nodiscard]] int top_command(Arguments arguments);
[[nodiscard]] int list_command(Arguments arguments);
[[nodiscard]] int inspect_command(Arguments arguments);
[[nodiscard]] int shell_command(Arguments arguments);
[[nodiscard]] int demo_command(Arguments arguments);
[[nodiscard]] int new_command(Arguments arguments);
[[nodiscard]] int cflags_command(Arguments arguments);

}  // namespace forkmap::host
