// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_records.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/check.hpp"

namespace forkmap::host {

namespace {

// Small runs are joined up to this many, so that chunks of one item do not cost a record each.
constexpr std::uint64_t kJoinedItems = 256;

// Takes the next line off [begin, end).
std::string_view take_line(const char*& begin, const char* end, char terminator) {
  const auto left = static_cast<std::size_t>(end - begin);
  const auto* const at = static_cast<const char*>(std::memchr(begin, terminator, left));
  const std::string_view line(begin, at == nullptr ? left : static_cast<std::size_t>(at - begin));
  begin = at == nullptr ? end : at + 1;
  return line;
}

}  // namespace

void LineRecords::add(const std::shared_ptr<const void>& owner, const char* begin, const char* end,
                      std::uint64_t count) {
  if (!records_.empty() && stride_ == 1) {
    Record& last = records_.back();
    const bool joins = last.end == begin && last.owner == owner && last.unsettled > 0 &&
                       last.count + count <= kJoinedItems;
    if (joins) {
      last.count += count;
      last.unsettled += count;
      last.end = end;
      next_position_ += count;
      return;
    }
  }
  records_.push_back({next_position_, count, count, begin, end, owner});
  next_position_ += count;
}

std::size_t LineRecords::record_of(std::uint64_t position) const noexcept {
  const auto behind = std::ranges::upper_bound(records_, position, {}, &Record::first);
  FORKMAP_CHECK(behind != records_.begin());
  return static_cast<std::size_t>(behind - records_.begin()) - 1;
}

void LineRecords::read(std::uint64_t first, std::uint64_t count,
                       const std::function<void(std::string_view)>& use) const {
  if (count == 0) return;
  std::uint64_t position = first;
  const std::uint64_t last = first + count;
  for (std::size_t index = record_of(first); position < last; ++index) {
    FORKMAP_CHECK(index < records_.size());
    const Record& record = records_[index];
    const char* place = record.begin;
    for (std::uint64_t skip = (position - record.first) * stride_; skip > 0; --skip) {
      take_line(place, record.end, terminator_);
    }
    for (; position < std::min(last, record.first + record.count); ++position) {
      use(take_line(place, record.end, terminator_));
      for (std::uint64_t skip = 1; skip < stride_; ++skip)
        take_line(place, record.end, terminator_);
    }
  }
}

void LineRecords::settle(std::uint64_t first, std::uint64_t count) noexcept {
  if (count == 0) return;
  std::uint64_t position = first;
  for (std::size_t index = record_of(first); position < first + count; ++index) {
    Record& record = records_[index];
    const std::uint64_t end = std::min(first + count, record.first + record.count);
    FORKMAP_CHECK(record.unsettled >= end - position);
    record.unsettled -= end - position;
    position = end;
    if (record.unsettled == 0) record.owner.reset();
  }
  while (!records_.empty() && records_.front().unsettled == 0) records_.pop_front();
}

}  // namespace forkmap::host
