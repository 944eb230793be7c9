// SPDX-License-Identifier: Apache-2.0
//
// Where the texts of the items in flight lie. A record covers a run of items whose lines follow
// each other in one stretch of input; it holds that stretch until all its items are settled.
// Nothing is stored a line: a text is found by counting line ends from the start of its record.
//  T1 Records are in the order of positions, without gap from the first that is left.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>

namespace forkmap::host {

class LineRecords {
 public:
  // `stride`: every how many-th line is an item (shards).
  LineRecords(char terminator, std::uint64_t stride) : terminator_(terminator), stride_(stride) {}

  // The next `count` items: lines in [begin, end), the last one with or without its terminator.
  void add(const std::shared_ptr<const void>& owner, const char* begin, const char* end,
           std::uint64_t count);
  // Calls use(text) for each of these items, which are not settled.
  void read(std::uint64_t first, std::uint64_t count,
            const std::function<void(std::string_view)>& use) const;
  void settle(std::uint64_t first, std::uint64_t count) noexcept;
  // Where the oldest text that is not settled begins; null if there is none.
  [[nodiscard]] const char* first_needed() const noexcept {
    return records_.empty() ? nullptr : records_.front().begin;
  }

 private:
  struct Record {
    std::uint64_t first;
    std::uint64_t count;
    std::uint64_t unsettled;
    const char* begin;
    const char* end;
    std::shared_ptr<const void> owner;
  };
  [[nodiscard]] std::size_t record_of(std::uint64_t position) const noexcept;

  char terminator_;
  std::uint64_t stride_;
  std::uint64_t next_position_ = 0;
  std::deque<Record> records_;
};

}  // namespace forkmap::host
