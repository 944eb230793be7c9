// SPDX-License-Identifier: Apache-2.0
#include "host/cli/option_values.hpp"

#include <charconv>

#include "core/types/blank_runs.hpp"
#include "core/types/quoted_text.hpp"

namespace forkmap::host {

std::uint64_t whole_number(std::string_view option, std::string_view text, std::uint64_t lowest,
                           std::uint64_t highest) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc{} && read.ptr == end && value >= lowest && value <= highest) {
    return value;
  }
  throw UsageError(std::string(option) + ": invalid number \"" + std::string(text) +
                   "\": expected a whole number from " + std::to_string(lowest) + " to " +
                   std::to_string(highest));
}

char one_character(std::string_view option, std::string_view text) {
  if (text == "\\t") return '\t';
  if (text == "\\0") return '\0';
  if (text.size() == 1 && text != "\n" && text != "\r") return text.front();
  throw UsageError(std::string(option) + ": invalid delimiter " + types::quoted(text) +
                   ": expected one byte, not a line end");
}

char delimiter_named(std::string_view text) {
  if (text == "ws") return types::kBlankRuns;
  if (text == std::string_view(&types::kBlankRuns, 1)) {
    throw UsageError("--delimiter: " + types::quoted(text) +
                     " cannot be one; ws is runs of blanks");
  }
  return one_character("--delimiter", text);
}

std::string delimiter_text(char delimiter) {
  return delimiter == types::kBlankRuns ? "ws" : std::string(1, delimiter);
}

void require_one_column(std::string_view option, std::string_view text) {
  if (text.find_first_of("\n\t\r") == std::string_view::npos) return;
  throw UsageError(std::string(option) + ": " + types::quoted(text) +
                   " has a newline, a TAB or a carriage return, so it would be more lines or "
                   "columns than a result (--format jsonl and -0 take it)");
}

std::pair<std::string, std::string> key_and_value(std::string_view option, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw UsageError(std::string(option) + ": \"" + std::string(text) + "\" is not KEY=VALUE");
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::string file_name(std::string_view option, const std::string& text) {
  if (text.empty()) throw UsageError(std::string(option) + ": the name is empty");
  if (text != "-") return text;
  std::string remedy = "a file of that name is ./-, and standard error is /dev/stderr";
  if (option == "--output") remedy = "results go to standard output without the option";
  if (option == "--retry-failures") remedy = "standard input is /dev/stdin";
  throw UsageError(std::string(option) + ": - is not a file; " + remedy);
}

}  // namespace forkmap::host
