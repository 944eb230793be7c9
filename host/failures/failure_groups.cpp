// SPDX-License-Identifier: Apache-2.0
#include "host/failures/failure_groups.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/printable_text.hpp"
#include "core/base/signal_names.hpp"
#include "core/types/message_cut.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostGroups = 1000;
constexpr std::size_t kNamedItems = 3;
constexpr std::size_t kShownGroups = 20;
constexpr std::size_t kComparedBytes = 1000;
constexpr std::size_t kShownLineBytes = 160;

bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

// The message without what differs from item to item: numbers, and texts in double quotes.
std::string shape_of(std::string_view message) {
  std::string shape;
  for (std::size_t place = 0; place < message.size();) {
    if (message[place] == '"') {
      const std::size_t end = message.find('"', place + 1);
      if (end == std::string_view::npos) break;
      shape += "\"\"";
      place = end + 1;
    } else if (is_digit(message[place])) {
      while (place < message.size() && is_digit(message[place])) ++place;
      shape += '0';
    } else {
      shape += message[place++];
    }
  }
  return shape;
}

std::string ending_of(const ItemError& error) {
  if (error.signal) return "killed by " + base::signal_name(*error.signal);
  if (error.exit_status) return "exited with status " + std::to_string(*error.exit_status);
  return {};
}

bool is_end_of_worker(ErrorKind kind) noexcept {
  return kind == ErrorKind::worker_died || kind == ErrorKind::timed_out;
}

std::string first_line(const std::string& message) {
  const std::string line = message.substr(0, message.find('\n'));
  const std::size_t kept = types::whole_characters(line, kShownLineBytes);
  return kept == line.size() ? line : line.substr(0, kept) + "...";
}

}  // namespace

void FailureGroups::add(const ItemError& error, std::uint64_t number) {
  if (error.kind == ErrorKind::cancelled) return;
  ++failures_;
  std::string where = error.place;
  if (where.empty() && is_end_of_worker(error.kind)) where = ending_of(error);
  const bool by_message = where.empty();
  const std::string shared =
      by_message ? shape_of(std::string_view(error.message).substr(0, kComparedBytes)) : where;
  const std::string key =
      std::string(to_string(error.kind)) + '\0' + error.function + '\0' + shared;
  auto found = places_.find(key);
  if (found == places_.end()) {
    if (groups_.size() == kMostGroups) {
      ++ungrouped_;
      return;
    }
    found = places_.emplace(key, groups_.size()).first;
    groups_.push_back({.kind = error.kind,
                       .function = error.function,
                       .where = by_message ? first_line(error.message) : std::move(where),
                       .count = 0,
                       .items = {}});
  }
  FailureGroup& group = groups_[found->second];
  ++group.count;
  if (group.items.size() < kNamedItems) group.items.push_back(number);
}

std::vector<FailureGroup> FailureGroups::largest(std::size_t limit) const {
  std::vector<FailureGroup> sorted = groups_;
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &FailureGroup::count);
  if (sorted.size() > limit) sorted.resize(limit);
  return sorted;
}

std::string FailureGroups::text() const {
  if (groups_.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  std::uint64_t shown = 0;
  for (const FailureGroup& group : largest(kShownGroups)) {
    shown += group.count;
    rows.push_back({std::to_string(group.count), std::string(to_string(group.kind)), group.function,
                    (group.count == 1 ? "item " : "items ") + items_text(group), group.where});
  }
  const std::string more = ungrouped_ > 0 ? " or more" : "";
  std::string text = std::to_string(failures_) +
                     (failures_ == 1 ? " failure at " : " failures at ") +
                     std::to_string(groups_.size()) + more +
                     (groups_.size() == 1 ? " place:\n" : " places:\n") + aligned(rows, {0});
  if (shown < failures_) text += "and " + std::to_string(failures_ - shown) + " at other places\n";
  text.pop_back();
  return text;
}

std::string items_text(const FailureGroup& group) {
  std::string text;
  for (const std::uint64_t item : group.items) {
    text += (text.empty() ? "" : ", ") + std::to_string(item);
  }
  return group.count > group.items.size() ? text + ", ..." : text;
}

}  // namespace forkmap::host
