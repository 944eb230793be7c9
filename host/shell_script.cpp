// SPDX-License-Identifier: Apache-2.0
#include "host/shell_script.hpp"

#include <cstdio>
#include <forkmap/error.hpp>

#include "core/base/printable_text.hpp"
#include "host/exit_codes.hpp"
#include "host/shell_expect.hpp"
#include "host/shell_help.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

void show(const std::string& text) {
  const std::string shown = base::printable_line(text, "\n\t");
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  // Workers and commands print to the same place.
  std::fflush(stdout);
}

}  // namespace

int ShellScript::run() {
  const int status = run_lines();
  session_.pools().close_all();
  return status;
}

int ShellScript::run_lines() {
  if (lines_.is_terminal()) session_.take_over_interrupts();
  while (const auto text = lines_.next(session_.pools())) {
    ++line_;
    const auto status = run_line(*text);
    if (status) return *status;
  }
  return error_is_open_ ? kNothingRun : kSucceeded;
}

std::optional<int> ShellScript::run_line(const std::string& text) {
  try {
    const auto statement = parse_statement(text, line_);
    if (!statement) return std::nullopt;
    if (error_is_open_ && statement->verb != "expect") return kNothingRun;
    error_is_open_ = false;
    if (statement->verb == "quit" || statement->verb == "exit") return kSucceeded;
    if (statement->verb == "help") {
      show(shell_statements());
      return std::nullopt;
    }
    if (statement->verb == "expect") return check(*statement);
    return run_statement(*statement);
  } catch (const UsageError& error) {
    complain(error.what());
    if (lines_.is_terminal()) return std::nullopt;
    return kNothingRun;
  }
}

std::optional<int> ShellScript::run_statement(const ShellStatement& statement) {
  try {
    last_ = session_.run(statement);
    show(last_->text);
  } catch (const Error& error) {
    last_.emplace();
    last_->error = error.what();
    complain(error.what());
    error_is_open_ = !lines_.is_terminal();
  }
  return std::nullopt;
}

std::optional<int> ShellScript::check(const ShellStatement& expectation) {
  if (!last_) throw UsageError("expect is about the statement before it, and there is none");
  const auto mismatch = compare_answer(expectation, *last_);
  if (!mismatch) return std::nullopt;
  complain("this was not expected\n  expected: " + mismatch->expected +
           "\n  seen:     " + mismatch->seen);
  if (lines_.is_terminal()) return std::nullopt;
  return kItemsFailed;
}

void ShellScript::complain(const std::string& message) const {
  if (lines_.is_terminal()) {
    std::fprintf(stderr, "%s\n", base::printable_lines(message).c_str());
  } else {
    const std::string text = name_ + ":" + std::to_string(line_) + ": " + message;
    std::fprintf(stderr, "forkmap: %s\n", base::printable_lines(text).c_str());
  }
}

}  // namespace forkmap::host
