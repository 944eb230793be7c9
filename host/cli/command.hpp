// SPDX-License-Identifier: Apache-2.0
//
// One command of the program: `forkmap NAME ...`. The table of them is in host/main.cpp.
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

}  // namespace forkmap::host
