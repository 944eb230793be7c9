// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/near_names.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::plugin {

namespace {

constexpr std::size_t kLongestCompared = 128;  // letters; bounds the work for a garbage argument

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view after_colon(std::string_view name) noexcept {
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

// A third of the letters may be wrong.
std::size_t tolerated(std::string_view wanted) noexcept {
  return std::max<std::size_t>(1, wanted.size() / 3);
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  left = left.substr(0, kLongestCompared);
  right = right.substr(0, kLongestCompared);
  // Rows of the usual table: the one before the last, the last, and the present one.
  std::vector<std::size_t> oldest(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool same = lower(left[i - 1]) == lower(right[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
          lower(left[i - 2]) == lower(right[j - 1])) {
        row[j] = std::min(row[j], oldest[j - 2] + 1);
      }
    }
    std::swap(oldest, last);
    std::swap(last, row);
  }
  return last[right.size()];
}

std::vector<std::string> near_names(std::string_view wanted, std::span<const std::string> names,
                                    std::size_t limit) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const std::string_view wanted_tail = after_colon(wanted);
  for (const std::string& name : names) {
    const std::string_view tail = after_colon(name);
    const std::size_t whole = edit_distance(wanted, name);
    const std::size_t part = edit_distance(wanted_tail, tail);
    const bool near = whole <= tolerated(wanted) || part <= tolerated(wanted_tail) ||
                      (wanted_tail.size() >= 3 && tail.find(wanted_tail) != std::string_view::npos);
    if (near) found.emplace_back(std::min(whole, part), name);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > limit) found.resize(limit);
  std::vector<std::string> result;
  result.reserve(found.size());
  for (auto& [distance, name] : found) result.push_back(std::move(name));
  return result;
}

std::string joined(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace forkmap::plugin
