// SPDX-License-Identifier: Apache-2.0
//
// One line of the shell's language, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::host {

struct ShellWord {
  std::string text;  // without quotes and escapes
  bool quoted = false;
};

struct ShellStatement {
  std::uint64_t line = 0;             // from 1
  std::string verb;                   // the first word; "!" for a command of the system's shell
  std::vector<ShellWord> words = {};  // those behind it
  std::string rest = {};  // the same as it is written, without blanks at its ends and comments
};

// Words are separated by blanks; "..." is one word, in which \" \\ \n \t \r \xHH stand for what
// they do in C. A comment begins with a # that begins a word. Nothing for a line without a
// statement. Throws UsageError for a quote without end.
[[nodiscard]] std::optional<ShellStatement> parse_statement(std::string_view text,
                                                            std::uint64_t line);

}  // namespace forkmap::host
