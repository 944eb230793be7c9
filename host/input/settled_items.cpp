// SPDX-License-Identifier: Apache-2.0
#include "host/input/settled_items.hpp"

#include "core/base/check.hpp"

namespace forkmap::host {

void SettledItems::add(std::uint64_t first, std::uint64_t count) {
  std::uint64_t end = first + count;
  FORKMAP_CHECK(count > 0 && first >= below_);
  auto next = ranges_.lower_bound(first);
  FORKMAP_CHECK(next == ranges_.end() || next->first >= end);
  if (next != ranges_.end() && next->first == end) {
    end = next->second;
    next = ranges_.erase(next);
  }
  if (first == below_) {
    below_ = end;
    return;
  }
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    FORKMAP_CHECK(before->second <= first);
    if (before->second == first) {
      before->second = end;
      return;
    }
  }
  ranges_.emplace_hint(next, first, end);
}

bool SettledItems::contains(std::uint64_t item) const noexcept {
  if (item < below_) return true;
  const auto behind = ranges_.upper_bound(item);
  return behind != ranges_.begin() && item < std::prev(behind)->second;
}

std::uint64_t SettledItems::open_from(std::uint64_t item) const noexcept {
  if (contains(item)) return 0;
  const auto next = ranges_.lower_bound(item);
  return (next == ranges_.end() ? UINT64_MAX : next->first) - item;
}

std::uint64_t SettledItems::count() const noexcept {
  std::uint64_t count = below_;
  for (const auto& [first, end] : ranges_) count += end - first;
  return count;
}

}  // namespace forkmap::host
