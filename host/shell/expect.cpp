// SPDX-License-Identifier: Apache-2.0
#include "host/shell/expect.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "host/cli/usage_error.hpp"
#include "host/shell/items.hpp"
#include "host/shell/value.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kForms =
    "expect wants [1, 4, 9] or 1 4 9, ERROR-KIND on N items, generation G, or text \"...\"";

std::uint64_t number_in(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end)
    throw UsageError("invalid count \"" + text + "\": " + kForms);
  return value;
}

std::optional<ErrorKind> kind_named(const std::string& name) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::cancelled); ++kind) {
    if (to_string(static_cast<ErrorKind>(kind)) == name) return static_cast<ErrorKind>(kind);
  }
  return std::nullopt;
}

// Walks over the characters outside of quotes; `use` is told the depth of brackets as well.
template <class Use>
void for_each_character(std::string_view text, Use use) {
  bool in_quotes = false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_quotes && c == '\\' && i + 1 < text.size()) {
      use(c, true, depth);
      use(text[++i], true, depth);
      continue;
    }
    const bool was_in_quotes = in_quotes;
    if (c == '"') in_quotes = !in_quotes;
    if (!was_in_quotes && (c == ']' || c == ')')) --depth;
    use(c, was_in_quotes || in_quotes, depth);
    if (!was_in_quotes && (c == '[' || c == '(')) ++depth;
  }
}

std::string without_blanks(std::string_view text) {
  std::string out;
  for_each_character(text, [&out](char c, bool quoted, int) {
    if (quoted || (c != ' ' && c != '\t')) out += c;
  });
  return out;
}

// The elements of "[...]", each as it is written; a range stands for its numbers.
std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> parts(1);
  for_each_character(list.substr(1, list.size() - 2), [&parts](char c, bool quoted, int depth) {
    if (c == ',' && !quoted && depth == 0) {
      parts.emplace_back();
    } else if (quoted || (c != ' ' && c != '\t')) {
      parts.back() += c;
    }
  });
  if (parts.size() == 1 && parts.front().empty()) return {};
  std::vector<std::string> elements;
  for (const std::string& part : parts) {
    const ShellWord word = {part, part.starts_with('"')};
    for (std::string& item : expand_items({&word, 1})) elements.push_back(std::move(item));
  }
  return elements;
}

std::vector<std::string> expected_values(const ShellStatement& expectation, bool are_text) {
  const std::string_view rest = expectation.rest;
  if (rest.starts_with('[') && rest.ends_with(']')) return elements_of(rest);
  std::vector<std::string> values = expand_items(expectation.words);
  for (std::string& value : values) value = are_text ? shown_text(value) : without_blanks(value);
  return values;
}

std::string all_of(const ShellAnswer& answer) {
  if (!answer.error.empty()) return "an error: " + answer.error;
  std::string text = answer.text;
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "nothing" : text;
}

std::optional<ShellMismatch> compare_values(const ShellStatement& expectation,
                                            const ShellAnswer& answer) {
  const auto expected = expected_values(expectation, answer.values_are_text);
  if (answer.values) {
    std::vector<std::string> seen;
    for (const std::string& value : *answer.values) seen.push_back(without_blanks(value));
    if (seen == expected) return std::nullopt;
  }
  return ShellMismatch{shown_list(expected), all_of(answer)};
}

std::optional<ShellMismatch> compare_failures(ErrorKind kind, const ShellStatement& expectation,
                                              const ShellAnswer& answer) {
  const auto& words = expectation.words;
  const bool is_whole = words.size() == 4 && words[1].text == "on" &&
                        (words[3].text == "items" || words[3].text == "item");
  if (!is_whole) throw UsageError(kForms);
  const std::uint64_t expected = number_in(words[2].text);
  const auto found = std::ranges::find(answer.failures, kind, &ShellFailures::kind);
  const std::uint64_t seen = found == answer.failures.end() ? 0 : found->count;
  // A statement that could not be done has no items.
  if (seen == expected && answer.error.empty()) return std::nullopt;
  return ShellMismatch{expectation.rest, all_of(answer)};
}

std::optional<ShellMismatch> compare_generation(const ShellStatement& expectation,
                                                const ShellAnswer& answer) {
  if (answer.generation == number_in(expectation.words[1].text)) return std::nullopt;
  return ShellMismatch{expectation.rest, answer.generation
                                             ? "generation " + std::to_string(*answer.generation)
                                             : all_of(answer)};
}

}  // namespace

std::optional<ShellMismatch> compare_answer(const ShellStatement& expectation,
                                            const ShellAnswer& answer) {
  const auto& words = expectation.words;
  if (words.empty()) throw UsageError(kForms);
  const bool has_two = words.size() == 2 && !words[0].quoted;
  if (has_two && words[0].text == "generation") return compare_generation(expectation, answer);
  if (has_two && words[0].text == "text" && words[1].quoted) {
    const std::string& part = words[1].text;
    const bool is_there =
        answer.text.find(part) != std::string::npos || answer.error.find(part) != std::string::npos;
    if (is_there) return std::nullopt;
    return ShellMismatch{expectation.rest, all_of(answer)};
  }
  const auto kind = words[0].quoted ? std::nullopt : kind_named(words[0].text);
  if (kind) return compare_failures(*kind, expectation, answer);
  return compare_values(expectation, answer);
}

}  // namespace forkmap::host
