// SPDX-License-Identifier: Apache-2.0
//
// Console blocks: commands after "$ ", further lines of a command after "> ", and what they print.
//
//   $ seq 1 3 | forkmap run arith:square
//   1
//   4
//   9
//
// Standard output and standard error are shown together; which line of one comes before which line
// of the other is not compared. A line of "..." stands for any number of lines.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::docs {

struct ConsoleStep {
  std::string command;
  std::vector<std::string> printed;
};
// Throws std::runtime_error if the block does not begin with a command.
[[nodiscard]] std::vector<ConsoleStep> parse_console(std::string_view text);

struct Printed {
  std::vector<std::string> output;
  std::vector<std::string> errors;
};
// Runs the commands one after the other in one shell, in `folder`. Variables and $? live on from
// one to the next. Throws std::runtime_error if the shell does not come to the end.
[[nodiscard]] std::vector<Printed> run_console(const std::vector<std::string>& commands,
                                               const std::filesystem::path& folder);

// What differs from run to run and from machine to machine, made equal: process numbers, addresses,
// build-ids, and where the sources, the build and `folder` are.
[[nodiscard]] std::string normalised(std::string line, const std::filesystem::path& folder);

// Whether `expected` is the lines of both streams, each in its order.
[[nodiscard]] bool is_merge(const std::vector<std::string>& expected, const Printed& printed);

}  // namespace forkmap::docs
