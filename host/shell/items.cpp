// SPDX-License-Identifier: Apache-2.0
#include "host/shell/items.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kLongestRange = 10'000'000;

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// False if the word is no range.
bool append_range(std::string_view word, std::vector<std::string>& items) {
  const std::size_t dots = word.find("..");
  if (dots == std::string_view::npos) return false;
  const auto first = integer_of(word.substr(0, dots));
  const auto last = integer_of(word.substr(dots + 2));
  if (!first || !last) return false;
  const std::int64_t step = *first <= *last ? 1 : -1;
  const std::uint64_t steps =
      step == 1 ? static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first)
                : static_cast<std::uint64_t>(*first) - static_cast<std::uint64_t>(*last);
  if (steps >= kLongestRange) {
    throw UsageError("the range " + std::string(word) + " has more than " +
                     std::to_string(kLongestRange) + " items");
  }
  std::int64_t value = *first;
  for (std::uint64_t i = 0; i < steps; ++i, value += step) items.push_back(std::to_string(value));
  items.push_back(std::to_string(value));
  return true;
}

}  // namespace

std::vector<std::string> expand_items(std::span<const ShellWord> words) {
  std::vector<std::string> items;
  for (const ShellWord& word : words) {
    if (word.quoted || !append_range(word.text, items)) items.push_back(word.text);
  }
  return items;
}

}  // namespace forkmap::host
