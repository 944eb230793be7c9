// SPDX-License-Identifier: Apache-2.0
//
// The loop of the shell: reads statements, runs them, shows what they came to, checks expectations.
//
// In a script a wrong statement ends it, unless an `expect` about its error follows; a failed
// expectation ends it at once. At a prompt both are shown, and the session goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "host/shell_lines.hpp"
#include "host/shell_session.hpp"

namespace forkmap::host {

class ShellScript {
 public:
  // `name` stands before the line number in messages.
  ShellScript(std::string name, int fd) : name_(std::move(name)), lines_(fd) {}

  // The exit status.
  [[nodiscard]] int run();

 private:
  [[nodiscard]] int run_lines();
  // An exit status that ends the script; nothing to go on.
  std::optional<int> run_line(const std::string& text);
  std::optional<int> run_statement(const ShellStatement& statement);
  std::optional<int> check(const ShellStatement& expectation);
  void complain(const std::string& message) const;

  std::string name_;
  ShellSession session_;
  ShellLines lines_;
  std::uint64_t line_ = 0;
  std::optional<ShellAnswer> last_;  // of the statement before
  bool error_is_open_ = false;  // the statement before failed, and nothing has been said about it
};

}  // namespace forkmap::host
