// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_input.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "host/input/line_copy.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::uint64_t kMarkedItems = 256;  // of a shard, between two marks
constexpr int kMostReads = 16;               // without an item, before others have their turn

std::uint64_t distance(const char* begin, const char* end) noexcept {
  return static_cast<std::uint64_t>(end - begin);
}

bool has_enough(const InputBlock& block) noexcept {
  return block.bytes_aim > 0 && block.bytes_used >= block.bytes_aim;
}

}  // namespace

LineInput::LineInput(std::unique_ptr<ByteFeed> feed, const LineRules& rules)
    : feed_(std::move(feed)),
      rules_(rules),
      records_(rules.terminator, rules.shard.count),
      to_pass_(rules.shard.index - 1) {}

ItemSource::Fill LineInput::fill(InputBlock& block, std::size_t limit) {
  using Fill = ItemSource::Fill;
  paused_ = false;
  const std::uint64_t last_count =
      block.count + std::min<std::uint64_t>(limit, block.capacity_items - block.count);
  int reads = 0;
  while (block.count < last_count && !has_enough(block)) {
    if (pass_to_item()) {
      if (long_line_) return block.count > 0 ? Fill::more : Fill::failed;
      const std::uint64_t open = left_out_.open_from(items_);
      if (open == 0 && find_line_end() != nullptr) {
        return block.count > 0 ? Fill::more : Fill::failed;
      }
      const std::uint64_t until = block.count + std::min(open, last_count - block.count);
      if (open > 0 && copy_lines(block, until)) return Fill::full;
      if (open > 0 && block.count == until) return Fill::more;
      if (block.count == last_count || has_enough(block)) break;
    }
    if (at_end_) {
      is_over_ = true;
      return Fill::end;
    }
    read_more();
    if (paused_) return Fill::pause;
    keep_start_of_long_line();
    // A stream may never have a line's end (/dev/zero), and signals want to be heard meanwhile.
    if (++reads == kMostReads && block.count == 0 && !at_end_) {
      paused_ = true;
      return Fill::pause;
    }
  }
  return Fill::more;
}

bool LineInput::pass_to_item() {
  return pass_byte_order_mark() && pass_lines() && pass_long_line();
}

bool LineInput::pass_byte_order_mark() {
  if (!at_start_) return true;
  const std::string_view there(cursor_, distance(cursor_, stretch_.end));
  if (there.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(there) && !at_end_) {
    return false;
  }
  at_start_ = false;
  if (there.starts_with(kByteOrderMark)) go_to(cursor_ + kByteOrderMark.size());
  return true;
}

bool LineInput::pass_lines() {
  for (; to_pass_ > 0; --to_pass_) {
    const char* const line_end = find_line_end();
    if (line_end == nullptr) {
      go_to(stretch_.end);
      return false;
    }
    go_behind(line_end);
  }
  return true;
}

bool LineInput::pass_long_line() {
  if (!long_line_ || at_end_ || find_line_end() != nullptr) return true;
  long_line_bytes_ += distance(cursor_, stretch_.end);
  go_to(stretch_.end);
  return false;
}

bool LineInput::copy_lines(InputBlock& block, std::uint64_t last_count) {
  const std::uint64_t first_count = block.count;
  const char* const begin = cursor_;
  const char* given_end = cursor_;
  LineRoom room{block.bytes,     block.bytes_used,      block.bytes_capacity,
                block.bytes_aim, block.columns[0].ends, block.count,
                last_count};
  if (rules_.shard.count == 1) {
    given_end =
        copy_whole_lines(cursor_, cursor_ + scanned_bytes_, stretch_.end, rules_.terminator, room);
    go_to(given_end);
    items_ += room.count - first_count;
    if (room.count > first_count) mark_here();
  }
  // Lines of a shard, and a last line without its terminator.
  bool full = false;
  std::uint64_t unmarked = 0;
  while (!room.is_filled() && pass_lines()) {
    const char* const line_end = find_line_end();
    if (line_end == nullptr) break;
    if (!append_line(room, cursor_, line_end)) {
      full = true;
      break;
    }
    go_behind_item(line_end);
    given_end = cursor_;
    ++items_;
    ++unmarked;
    // A mark has its price, and here there would be one a line.
    if (room.is_filled() || unmarked == kMarkedItems) {
      mark_here();
      unmarked = 0;
    }
    to_pass_ = rules_.shard.count - 1;
  }
  if (unmarked > 0 && cursor_ == given_end) mark_here();  // no line was passed over since
  block.bytes_used = room.bytes_used;
  block.count = room.count;
  if (block.count > first_count) {
    records_.add(stretch_.owner, begin, given_end, block.count - first_count);
  }
  return full;
}

const char* LineInput::find_line_end() noexcept {
  const std::uint64_t there = distance(cursor_, stretch_.end);
  if (there > scanned_bytes_) {
    const void* const at =
        std::memchr(cursor_ + scanned_bytes_, rules_.terminator, there - scanned_bytes_);
    if (at != nullptr) return static_cast<const char*>(at);
    scanned_bytes_ = there;
  }
  return at_end_ && there > 0 ? stretch_.end : nullptr;
}

void LineInput::go_behind(const char* line_end) noexcept {
  go_to(line_end == stretch_.end ? line_end : line_end + 1);
}

void LineInput::go_behind_item(const char* line_end) noexcept {
  if (line_end == stretch_.end) open_item_ = items_;
  go_behind(line_end);
}

void LineInput::go_to(const char* next) noexcept {
  if (next == cursor_) return;
  gone_bytes_ += distance(cursor_, next);
  if (places_) places_->pass({cursor_, distance(cursor_, next)});
  cursor_ = next;
  scanned_bytes_ = 0;
}

void LineInput::read_more() {
  const void* const owner = stretch_.owner.get();
  bool has_moved = false;
  switch (feed_->read(stretch_, cursor_)) {
    case ByteFeed::Read::bytes:
      has_moved = true;
      break;
    case ByteFeed::Read::nothing:
      paused_ = true;
      break;
    case ByteFeed::Read::end:
      at_end_ = true;
      break;
  }
  if (has_moved || stretch_.owner.get() != owner) cursor_ = stretch_.begin;
}

void LineInput::settle(std::uint64_t first, std::uint64_t count) noexcept {
  records_.settle(first, count);
  const char* const needed = records_.first_needed();
  feed_->forget_before(needed == nullptr ? cursor_ : needed);
}

// Of a mapped file nothing needs to be kept: its lines are there as a whole.
void LineInput::keep_start_of_long_line() {
  const std::uint64_t there = distance(cursor_, stretch_.end);
  if (long_line_ || to_pass_ > 0 || there <= rules_.max_line_bytes || feed_->size_bytes()) return;
  if (find_line_end() != nullptr) return;
  long_line_ = std::make_shared<std::string>(cursor_, std::min(there, kShownBytes));
  long_line_bytes_ = 0;
}

ItemError LineInput::take_error() {
  const bool is_left_out = left_out_.contains(items_);
  const char* const line_end = find_line_end();
  if (!long_line_) {
    if (is_left_out) note_left_out({cursor_, distance(cursor_, line_end)});
    static_cast<void>(skip_too_large());
    return left_out_error();
  }
  if (is_left_out) note_left_out(*long_line_);
  if (line_end != nullptr) {
    long_line_bytes_ += distance(cursor_, line_end);
    go_behind_item(line_end);
  } else {
    open_item_ = items_;
  }
  const char* const kept = long_line_->data();
  records_.add(long_line_, kept, kept + long_line_->size(), 1);
  long_line_.reset();
  ++items_;
  mark_here();
  to_pass_ = rules_.shard.count - 1;
  ItemError error;
  error.kind = ErrorKind::payload_too_large;
  error.message = "the line has " + std::to_string(long_line_bytes_) + " bytes, and at most " +
                  std::to_string(rules_.max_line_bytes) +
                  " are read of a stream; give the data to the function as a file name";
  return error;
}

std::uint64_t LineInput::skip_too_large() {
  const char* const line_end = find_line_end();
  const std::uint64_t size_bytes = distance(cursor_, line_end);
  records_.add(stretch_.owner, cursor_, line_end, 1);
  go_behind_item(line_end);
  ++items_;
  mark_here();
  to_pass_ = rules_.shard.count - 1;
  return size_bytes;
}

std::optional<std::uint64_t> LineInput::count_all() const {
  std::optional<std::string_view> text = feed_->whole();
  if (!text) return std::nullopt;
  if (text->starts_with(kByteOrderMark)) text->remove_prefix(kByteOrderMark.size());
  auto lines = static_cast<std::uint64_t>(std::ranges::count(*text, rules_.terminator));
  if (!text->empty() && text->back() != rules_.terminator) ++lines;
  const std::uint64_t passed = rules_.shard.index - 1;
  return lines <= passed ? 0 : (lines - passed - 1) / rules_.shard.count + 1;
}

void LineInput::mark_here() {
  if (!places_) return;
  if (left_out_.contains(items_ - 1)) {
    places_->mark_left_out(items_);
  } else {
    places_->mark(items_);
  }
}

std::optional<double> LineInput::fraction() const {
  const auto size_bytes = feed_->size_bytes();
  if (!size_bytes) return std::nullopt;
  if (*size_bytes == 0) return 1.0;
  return static_cast<double>(gone_bytes_) / static_cast<double>(*size_bytes);
}

// What is given runs ahead of what is done; so bytes are counted by the items that they hold.
std::optional<ItemInput::Shares> LineInput::shares(std::uint64_t done) const {
  const auto size_bytes = feed_->size_bytes();
  if (!size_bytes || *size_bytes == 0) return std::nullopt;
  const auto of_size = [size = static_cast<double>(*size_bytes)](std::uint64_t bytes) {
    return std::min(1.0, static_cast<double>(bytes) / size);
  };
  const double begun = of_size(begun_bytes_);
  const std::uint64_t given = items_ - first_item_;
  if (given == 0) return Shares{begun, begun};
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(given));
  return Shares{begun, begun + part * (of_size(gone_bytes_) - begun)};
}

}  // namespace forkmap::host
