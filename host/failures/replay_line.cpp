// SPDX-License-Identifier: Apache-2.0
#include "host/failures/replay_line.hpp"

#include "core/base/executable_path.hpp"
#include "host/cli/option_values.hpp"
#include "host/source/source_word.hpp"
#include "host/text/item_text.hpp"
#include "host/text/shell_quote.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLongestItemBytes = 4096;

std::string words_of(const BuildOptions& build) {
  return build.words.empty() ? std::string() : " --build " + shell_quoted(build.words);
}

std::string run_line(const RunOptions& options, const plugin::FunctionEntry& function,
                     std::uint64_t number) {
  std::string line = shell_quoted(base::executable_path()) + " run --serial";
  line += options.binding.words();
  for (const auto& [key, value] : options.parameters) {
    std::string parameter = key;
    parameter.append("=").append(value);
    line.append(" --param ").append(shell_quoted(parameter));
  }
  if (options.seed_given) line += " --seed " + std::to_string(options.seed);
  if (number != 1) line += " --first-item " + std::to_string(number);
  if (!options.expression.empty()) {
    return line + words_of(options.build) + " -e " + shell_quoted(options.expression);
  }
  // A source is named as the user has named it, wherever it was built.
  if (source_word(options.function)) {
    return line + words_of(options.build) + " " + shell_quoted(options.function);
  }
  const std::string plugin = function.plugin == nullptr ? "" : function.plugin->path + ":";
  return line + " " + shell_quoted(plugin + function.name);
}

std::string delimiter_option(char delimiter) {
  if (delimiter == '\t' || delimiter == '\0') return {};
  return " --delimiter " + shell_quoted(delimiter_text(delimiter));
}

}  // namespace

std::string replay_line(const RunOptions& options, const plugin::FunctionEntry& function,
                        std::uint64_t number, std::string_view text, char delimiter) {
  const auto columns = columns_of(text, delimiter, options.nul, function.signature);
  std::string items;
  bool is_argument = text.size() <= kLongestItemBytes;
  for (const std::string_view column : columns) {
    is_argument = is_argument && column.find('\0') == std::string_view::npos;
    if (is_argument) items += " " + shell_quoted(column);
  }
  if (is_argument) return run_line(options, function, number) + " --" + items;
  // With -0 the file has the item and a NUL, or nothing, behind it.
  return "(with the item, " + std::to_string(text.size()) + " bytes, alone in FILE) " +
         run_line(options, function, number) + (options.nul ? " -0" : "") +
         delimiter_option(delimiter) + " --input FILE";
}

}  // namespace forkmap::host
