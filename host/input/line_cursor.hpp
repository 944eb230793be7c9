// SPDX-License-Identifier: Apache-2.0
//
// Where a reader of lines stands in the bytes of a feed.
//  C1 Every byte before here() was passed over once, by go_to() or jump_to(), and is hashed if
//     places are kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "host/input/input_places.hpp"
#include "host/io/byte_feed.hpp"
#include "host/options/shard.hpp"

namespace forkmap::host {

struct LineRules {
  char terminator = '\n';
  char delimiter = '\t';  // not used here; those who parse the lines ask for it
  Shard shard = {};
  // A longer line of a stream is not kept: its item is PayloadTooLarge.
  std::uint64_t max_line_bytes = std::uint64_t{256} << 20;
};

// The start of a line that is too long for a stream, and how much of it was passed over.
struct LongLine {
  std::shared_ptr<std::string> start;  // null: there is none
  std::uint64_t bytes = 0;
};

class LineCursor {
 public:
  static constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  static constexpr std::uint64_t kShownBytes = 128;  // kept of a line that is too long

  LineCursor(std::unique_ptr<ByteFeed> feed, const LineRules& rules)
      : feed_(std::move(feed)), rules_(rules), to_pass_(rules.shard.index - 1) {}

  [[nodiscard]] const LineRules& rules() const noexcept { return rules_; }
  [[nodiscard]] const ByteFeed& feed() const noexcept { return *feed_; }

  // --- the bytes at hand: those of [here(), end())
  [[nodiscard]] const char* here() const noexcept { return here_; }
  [[nodiscard]] const char* end() const noexcept { return stretch_.end; }
  [[nodiscard]] std::string_view at_hand() const noexcept { return {here_, size_to(stretch_.end)}; }
  [[nodiscard]] const std::shared_ptr<const void>& owner() const noexcept { return stretch_.owner; }
  // From here to this place there is no terminator.
  [[nodiscard]] const char* scanned() const noexcept { return here_ + scanned_bytes_; }
  [[nodiscard]] std::uint64_t passed_bytes() const noexcept { return passed_bytes_; }
  // The feed has no more.
  [[nodiscard]] bool is_at_end() const noexcept { return at_end_; }
  // Nothing was passed over, so a byte-order mark may stand here.
  [[nodiscard]] bool is_at_start() const noexcept { return at_start_; }
  void set_at_start(bool at_start) noexcept { at_start_ = at_start; }

  // Takes what the feed has, if it has something; else waits, with is_paused().
  void read_more();
  // Blocks until there is more; false at the end of the input.
  [[nodiscard]] bool wait_for_more();
  [[nodiscard]] bool is_paused() const noexcept { return paused_; }
  void set_paused(bool paused) noexcept { paused_ = paused; }
  void forget_before(const char* place) noexcept { feed_->forget_before(place); }

  // --- lines
  // Goes to the start of the next item's line: behind a byte-order mark, lines of other shards and
  // what is left of a line that is too long. False if more bytes are needed for that.
  [[nodiscard]] bool pass_to_item();
  [[nodiscard]] bool pass_byte_order_mark();
  [[nodiscard]] bool pass_lines();
  // Lines of other shards before the next item.
  [[nodiscard]] std::uint64_t lines_to_pass() const noexcept { return to_pass_; }
  void set_lines_to_pass(std::uint64_t lines) noexcept { to_pass_ = lines; }
  void pass_to_next_of_shard() noexcept { to_pass_ = rules_.shard.count - 1; }
  // The end of the line here; null if it is not there yet, or if there is no line any more.
  [[nodiscard]] const char* find_line_end() noexcept;
  [[nodiscard]] std::string_view line_to(const char* line_end) const noexcept {
    return {here_, size_to(line_end)};
  }
  void go_behind(const char* line_end) noexcept;
  void go_to(const char* next) noexcept;

  // --- a line that is too long
  // Keeps the start of the line here, if it is one.
  void look_for_long_line();
  [[nodiscard]] bool has_long_line() const noexcept { return long_line_.start != nullptr; }
  [[nodiscard]] const LongLine& long_line() const noexcept { return long_line_; }
  [[nodiscard]] LongLine take_long_line() noexcept { return std::exchange(long_line_, {}); }

  // --- places: what an earlier run has done, and what a later one will need
  [[nodiscard]] std::optional<InputPlaces>& places() noexcept { return places_; }
  [[nodiscard]] const std::optional<InputPlaces>& places() const noexcept { return places_; }
  // Of a feed that has all bytes at hand, without reading those before the place.
  void jump_to(const InputPlace& place);
  // To the start of a feed that has all bytes at hand; all places are forgotten.
  void restart();

 private:
  [[nodiscard]] bool pass_long_line();
  [[nodiscard]] std::uint64_t size_to(const char* end) const noexcept {
    return static_cast<std::uint64_t>(end - here_);
  }

  std::unique_ptr<ByteFeed> feed_;
  LineRules rules_;
  Stretch stretch_;
  const char* here_ = nullptr;
  std::uint64_t scanned_bytes_ = 0;
  std::uint64_t to_pass_;
  std::uint64_t passed_bytes_ = 0;
  bool at_start_ = true;
  bool at_end_ = false;
  bool paused_ = false;
  LongLine long_line_;
  std::optional<InputPlaces> places_;
};

}  // namespace forkmap::host
