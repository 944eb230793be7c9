// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/byte_feed.hpp"
#include "host/item_input.hpp"
#include "host/run_options.hpp"
#include "host/text_records.hpp"

namespace forkmap::host {

struct LineRules {
  char terminator = '\n';
  char delimiter = '\t';  // not used here; those who parse the lines ask for it
  Shard shard = {};
  // A longer line of a stream is not kept: its item is PayloadTooLarge.
  std::uint64_t max_line_bytes = std::uint64_t{256} << 20;
};

// Items that are the lines of a file or stream. A byte-order mark at the start is dropped, a blank
// line is an item, the last line needs no terminator. Nothing is allocated or kept a line.
class LineInput : public ItemInput {
 public:
  LineInput(std::unique_ptr<ByteFeed> feed, const LineRules& rules);

  ItemSource::Fill fill(InputBlock& block, std::size_t limit) override;
  ItemError take_error() override;
  std::uint64_t skip_too_large() override;
  void read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const override {
    records_.read(first, count, use);
  }
  void settle(std::uint64_t first, std::uint64_t count) noexcept override;
  void keep_places() override { places_.emplace(); }
  [[nodiscard]] bool go_on_behind(const InputPlace& place) override;
  void count_off(std::uint64_t items) override;
  [[nodiscard]] InputPlace place_before(std::uint64_t items) override {
    return places_ ? places_->last_before(items) : InputPlace{};
  }
  [[nodiscard]] int awaited_fd() const noexcept override {
    return paused_ ? feed_->awaited_fd() : -1;
  }
  void end_wait() noexcept override { paused_ = false; }
  [[nodiscard]] std::optional<double> fraction() const override;
  [[nodiscard]] std::optional<std::uint64_t> count_all() const override;
  [[nodiscard]] char delimiter() const noexcept override { return rules_.delimiter; }

 private:
  // Goes to the start of the next item's line: behind a byte-order mark, lines of other shards and
  // what is left of a line that is too long. False if more bytes are needed for that.
  [[nodiscard]] bool pass_to_item();
  [[nodiscard]] bool pass_byte_order_mark();
  [[nodiscard]] bool pass_lines();
  [[nodiscard]] bool pass_long_line();
  // Copies whole lines until `last_count` rows are there; true if the next one does not fit.
  [[nodiscard]] bool copy_lines(InputBlock& block, std::uint64_t last_count);
  // The end of the line at the cursor; null if it is not there yet, or if there is no line any
  // more.
  [[nodiscard]] const char* find_line_end() noexcept;
  void go_behind(const char* line_end) noexcept;
  void go_to(const char* next) noexcept;
  void begin_behind(std::uint64_t items);
  void mark_item(std::uint64_t count = 1);
  void read_more();
  [[nodiscard]] bool wait_for_more();  // false at the end of the input
  void keep_start_of_long_line();

  std::unique_ptr<ByteFeed> feed_;
  LineRules rules_;
  TextRecords records_;
  Stretch stretch_;
  const char* cursor_ = nullptr;
  std::uint64_t scanned_bytes_ = 0;  // behind the cursor, known to hold no terminator
  std::uint64_t to_pass_;            // lines of other shards before the next item
  std::uint64_t gone_bytes_ = 0;     // before the cursor, in all
  bool at_start_ = true;
  bool at_end_ = false;  // the feed has no more
  bool paused_ = false;
  std::optional<InputPlaces> places_;
  std::uint64_t items_ = 0;                 // given, counted from the start of the whole input
  std::shared_ptr<std::string> long_line_;  // the start of a line that is too long
  std::uint64_t long_line_bytes_ = 0;       // of it before the cursor
};

}  // namespace forkmap::host
