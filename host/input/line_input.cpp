// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_input.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "host/input/check_progress.hpp"
#include "host/input/line_copy.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kMarkedItems = 256;  // of a shard, between two marks
constexpr int kMostReads = 16;               // without an item, before others have their turn

bool has_enough(const InputBlock& block) noexcept {
  return block.bytes_aim > 0 && block.bytes_used >= block.bytes_aim;
}

// Takes the next line off; nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& rest, char terminator) {
  if (rest.empty()) return std::nullopt;
  const std::size_t end = rest.find(terminator);
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

}  // namespace

LineInput::LineInput(std::unique_ptr<ByteFeed> feed, const LineRules& rules)
    : cursor_(std::move(feed), rules), records_(rules.terminator, rules.shard.count) {}

ItemSource::Fill LineInput::fill(InputBlock& block, std::size_t limit) {
  using Fill = ItemSource::Fill;
  cursor_.set_paused(false);
  const std::uint64_t last_count =
      block.count + std::min<std::uint64_t>(limit, block.capacity_items - block.count);
  int reads = 0;
  while (block.count < last_count && !has_enough(block)) {
    if (cursor_.pass_to_item()) {
      if (cursor_.has_long_line()) return block.count > 0 ? Fill::more : Fill::failed;
      const std::uint64_t open = left_out_.open_from(items_);
      if (open == 0 && cursor_.find_line_end() != nullptr) {
        return block.count > 0 ? Fill::more : Fill::failed;
      }
      const std::uint64_t until = block.count + std::min(open, last_count - block.count);
      if (open > 0 && copy_lines(block, until)) return Fill::full;
      if (open > 0 && block.count == until) return Fill::more;
      if (block.count == last_count || has_enough(block)) break;
    }
    if (cursor_.is_at_end()) {
      is_over_ = true;
      return Fill::end;
    }
    cursor_.read_more();
    if (cursor_.is_paused()) return Fill::pause;
    cursor_.look_for_long_line();
    // A stream may never have a line's end (/dev/zero), and signals want to be heard meanwhile.
    if (++reads == kMostReads && block.count == 0 && !cursor_.is_at_end()) {
      cursor_.set_paused(true);
      return Fill::pause;
    }
  }
  return Fill::more;
}

bool LineInput::copy_lines(InputBlock& block, std::uint64_t last_count) {
  const std::uint64_t first_count = block.count;
  const char* const begin = cursor_.here();
  const char* given_end = cursor_.here();
  LineRoom room{block.bytes,     block.bytes_used,      block.bytes_capacity,
                block.bytes_aim, block.columns[0].ends, block.count,
                last_count};
  if (cursor_.rules().shard.count == 1) {
    given_end = copy_whole_lines(cursor_.here(), cursor_.scanned(), cursor_.end(),
                                 cursor_.rules().terminator, room);
    cursor_.go_to(given_end);
    items_ += room.count - first_count;
    if (room.count > first_count) mark_here();
  }
  // Lines of a shard, and a last line without its terminator.
  bool full = false;
  std::uint64_t unmarked = 0;
  while (!room.is_filled() && cursor_.pass_lines()) {
    const char* const line_end = cursor_.find_line_end();
    if (line_end == nullptr) break;
    if (!append_line(room, cursor_.here(), line_end)) {
      full = true;
      break;
    }
    go_behind_item(line_end);
    given_end = cursor_.here();
    ++items_;
    ++unmarked;
    // A mark has its price, and here there would be one a line.
    if (room.is_filled() || unmarked == kMarkedItems) {
      mark_here();
      unmarked = 0;
    }
    cursor_.pass_to_next_of_shard();
  }
  if (unmarked > 0 && cursor_.here() == given_end) mark_here();  // no line was passed over since
  block.bytes_used = room.bytes_used;
  block.count = room.count;
  if (block.count > first_count) {
    records_.add(cursor_.owner(), begin, given_end, block.count - first_count);
  }
  return full;
}

void LineInput::go_behind_item(const char* line_end) noexcept {
  if (line_end == cursor_.end()) open_item_ = items_;
  cursor_.go_behind(line_end);
}

void LineInput::settle(std::uint64_t first, std::uint64_t count) noexcept {
  records_.settle(first, count);
  const char* const needed = records_.first_needed();
  cursor_.forget_before(needed == nullptr ? cursor_.here() : needed);
}

ItemError LineInput::take_error() {
  const bool is_left_out = left_out_.contains(items_);
  const char* const line_end = cursor_.find_line_end();
  if (!cursor_.has_long_line()) {
    if (is_left_out) note_left_out(cursor_.line_to(line_end));
    static_cast<void>(skip_too_large());
    return left_out_error();
  }
  LongLine line = cursor_.take_long_line();
  if (is_left_out) note_left_out(*line.start);
  if (line_end != nullptr) {
    line.bytes += cursor_.line_to(line_end).size();
    go_behind_item(line_end);
  } else {
    open_item_ = items_;
  }
  const char* const kept = line.start->data();
  records_.add(line.start, kept, kept + line.start->size(), 1);
  ++items_;
  mark_here();
  cursor_.pass_to_next_of_shard();
  ItemError error;
  error.kind = ErrorKind::payload_too_large;
  error.message = "the line has " + std::to_string(line.bytes) + " bytes, and at most " +
                  std::to_string(cursor_.rules().max_line_bytes) +
                  " are read of a stream; give the data to the function as a file name";
  return error;
}

std::uint64_t LineInput::skip_too_large() {
  const char* const line_end = cursor_.find_line_end();
  const std::uint64_t size_bytes = cursor_.line_to(line_end).size();
  records_.add(cursor_.owner(), cursor_.here(), line_end, 1);
  go_behind_item(line_end);
  ++items_;
  mark_here();
  cursor_.pass_to_next_of_shard();
  return size_bytes;
}

std::optional<std::uint64_t> LineInput::count_all() const {
  std::optional<std::string_view> text = cursor_.feed().whole();
  if (!text) return std::nullopt;
  if (text->starts_with(LineCursor::kByteOrderMark))
    text->remove_prefix(LineCursor::kByteOrderMark.size());
  auto lines = static_cast<std::uint64_t>(std::ranges::count(*text, cursor_.rules().terminator));
  if (!text->empty() && text->back() != cursor_.rules().terminator) ++lines;
  const std::uint64_t passed = cursor_.rules().shard.index - 1;
  return lines <= passed ? 0 : (lines - passed - 1) / cursor_.rules().shard.count + 1;
}

void LineInput::mark_here() {
  if (!cursor_.places()) return;
  if (left_out_.contains(items_ - 1)) {
    cursor_.places()->mark_left_out(items_);
  } else {
    cursor_.places()->mark(items_);
  }
}

std::optional<double> LineInput::fraction() const {
  const auto size_bytes = cursor_.feed().size_bytes();
  if (!size_bytes) return std::nullopt;
  if (*size_bytes == 0) return 1.0;
  return static_cast<double>(cursor_.passed_bytes()) / static_cast<double>(*size_bytes);
}

// Items are given before they are done, so bytes are attributed to the items that they hold.
std::optional<ItemInput::Shares> LineInput::shares(std::uint64_t done) const {
  const auto size_bytes = cursor_.feed().size_bytes();
  if (!size_bytes || *size_bytes == 0) return std::nullopt;
  const auto of_size = [size = static_cast<double>(*size_bytes)](std::uint64_t bytes) {
    return std::min(1.0, static_cast<double>(bytes) / size);
  };
  const double begun = of_size(begun_bytes_);
  const std::uint64_t given = items_ - first_item_;
  if (given == 0) return Shares{begun, begun};
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(given));
  return Shares{begun, begun + part * (of_size(cursor_.passed_bytes()) - begun)};
}

// --- what an earlier run has done: whether it is the same, and how to go on behind it

InputComparison LineInput::go_on_behind(const ResumeClaim& claim, CheckProgress& progress) {
  using Result = InputComparison::Result;
  const bool is_believed = claim.file && claim.file == cursor_.feed().file() &&
                           claim.place.bytes <= cursor_.feed().size_bytes().value_or(0);
  if (is_believed) {
    cursor_.jump_to(claim.place);
  } else if (std::string difference; !pass_to(claim, progress, difference)) {
    return {Result::another, difference};
  }
  const bool is_open_here = claim.is_open && claim.settled.end() == claim.place.items;
  if (is_open_here && !pass_line_end(claim.place.items - 1)) {
    return {Result::line_goes_on, "goes on in its last line, which had no end when it was read"};
  }
  begin_behind(claim.place.items);
  left_out_ = claim.settled;
  cursor_.places()->expect(claim.ahead);
  awaits_left_out_ = !cursor_.feed().whole();
  if (!is_believed && !awaits_left_out_ && sum_of(claim.settled) != claim.ahead) {
    return {claim.is_open ? Result::line_goes_on : Result::another,
            "has other items behind item " + std::to_string(claim.place.items) +
                " than those that are done"};
  }
  pass_settled(claim);
  return {};
}

void LineInput::count_off(const ResumeClaim& claim) {
  const std::uint64_t items = claim.settled.below();
  const Shard& shard = cursor_.rules().shard;
  if (items > 0) cursor_.set_lines_to_pass(shard.index + (items - 1) * shard.count);
  while (items > 0 && !(cursor_.pass_byte_order_mark() && cursor_.pass_lines())) {
    if (cursor_.is_at_end()) break;
    static_cast<void>(cursor_.wait_for_more());
  }
  begin_behind(items);
  left_out_ = claim.settled;
  takes_any_ = true;
  awaits_left_out_ = !cursor_.feed().whole();
  if (!awaits_left_out_) cursor_.places()->expect(sum_of(claim.settled).value_or(Hash128{}));
}

bool LineInput::pass_to(const ResumeClaim& claim, CheckProgress& progress,
                        std::string& difference) {
  progress.begin("the input", claim.place.bytes);
  const std::string begin =
      "does not begin with the " + std::to_string(claim.place.bytes) + " bytes that were read: ";
  for (std::uint64_t left = claim.place.bytes; left > 0;) {
    const std::uint64_t step =
        std::min({left, cursor_.at_hand().size(), CheckProgress::kStepBytes});
    cursor_.go_to(cursor_.here() + step);
    left -= step;
    progress.add(step);
    if (left == 0 || cursor_.here() != cursor_.end() || cursor_.wait_for_more()) continue;
    difference = begin + "it ends after " + std::to_string(claim.place.bytes - left) + " of them";
    return false;
  }
  cursor_.set_at_start(claim.place.bytes == 0);
  if (cursor_.places()->here(claim.place.items) == claim.place) return true;
  difference = begin + "other bytes are there";
  return false;
}

bool LineInput::pass_line_end(std::uint64_t item) {
  if (cursor_.here() == cursor_.end() && !cursor_.wait_for_more()) {
    open_item_ = item;
    return true;
  }
  if (*cursor_.here() != cursor_.rules().terminator) return false;
  cursor_.go_to(cursor_.here() + 1);
  return true;
}

void LineInput::begin_behind(std::uint64_t items) {
  items_ = first_item_ = items;
  begun_bytes_ = cursor_.passed_bytes();
  const Shard& shard = cursor_.rules().shard;
  cursor_.set_lines_to_pass(items == 0 ? shard.index - 1 : shard.count - 1);
  cursor_.set_paused(false);
  if (cursor_.places()) cursor_.places()->begin_at(items);
}

void LineInput::pass_settled(const ResumeClaim& claim) {
  const std::uint64_t below = claim.settled.below();
  while (items_ < below) {
    if (!cursor_.pass_to_item() || cursor_.find_line_end() == nullptr) {
      // A stream that ends here is found out with the sum, which does not become nothing.
      if (cursor_.is_at_end()) break;
      static_cast<void>(cursor_.wait_for_more());  // at the end the line needs no terminator
      continue;
    }
    const char* const line_end = cursor_.find_line_end();
    note_left_out(cursor_.line_to(line_end));
    go_behind_item(line_end);
    ++items_;
    cursor_.pass_to_next_of_shard();
  }
  if (items_ == below && below > claim.place.items) begin_behind(below);
}

bool LineInput::restart() {
  if (!cursor_.feed().whole()) return false;
  cursor_.restart();
  open_item_.reset();
  left_out_ = {};
  begin_behind(0);
  return true;
}

bool LineInput::is_at_end() {
  for (;;) {
    if (cursor_.pass_to_item() && cursor_.here() != cursor_.end()) return false;
    if (cursor_.is_at_end() || !cursor_.wait_for_more()) return true;
  }
}

bool LineInput::has_at_hand() const {
  if (cursor_.feed().whole() || cursor_.has_long_line()) return true;
  const std::string_view rest = cursor_.at_hand();
  return cursor_.is_at_end() ? !rest.empty()
                             : rest.find(cursor_.rules().terminator) != std::string_view::npos;
}

std::optional<Hash128> LineInput::sum_of(const SettledItems& settled) const {
  std::string_view rest = *cursor_.feed().whole();
  rest.remove_prefix(cursor_.passed_bytes());
  if (cursor_.is_at_start() && rest.starts_with(LineCursor::kByteOrderMark))
    rest.remove_prefix(LineCursor::kByteOrderMark.size());
  Hash128 sum;
  std::uint64_t to_pass = cursor_.lines_to_pass();
  for (std::uint64_t item = items_; item < settled.end(); ++item) {
    for (; to_pass > 0; --to_pass) {
      if (!take_line(rest, cursor_.rules().terminator)) return std::nullopt;
    }
    const auto line = take_line(rest, cursor_.rules().terminator);
    if (!line) return std::nullopt;
    if (settled.contains(item)) sum += hash_of_item(item, vouched_text(*line));
    to_pass = cursor_.rules().shard.count - 1;
  }
  return sum;
}

// Of a line that is too long for a stream no more is kept, and a file is to give the same.
std::string_view LineInput::vouched_text(std::string_view text) const noexcept {
  return text.size() > cursor_.rules().max_line_bytes ? text.substr(0, LineCursor::kShownBytes)
                                                      : text;
}

void LineInput::note_left_out(std::string_view text) {
  if (!cursor_.places()) return;
  cursor_.places()->settled_before(items_, hash_of_item(items_, vouched_text(text)));
  if (takes_any_ && items_ + 1 == left_out_.end()) cursor_.places()->expect({});
}

void LineInput::vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) {
  if (!cursor_.places()) return;
  const std::uint64_t begin =
      std::max(first_item_ + first, cursor_.places()->last_before(below).items);
  const std::uint64_t end = first_item_ + first + count;
  if (begin >= end) return;
  std::uint64_t item = begin;
  records_.read(begin - first_item_, end - begin, [this, &item](std::string_view text) {
    cursor_.places()->vouch_for(item, hash_of_item(item, vouched_text(text)));
    ++item;
  });
}

std::optional<WholeInput> LineInput::whole() const {
  if (!cursor_.places() || !cursor_.is_at_end() || !cursor_.at_hand().empty()) return std::nullopt;
  const InputPlace end = cursor_.places()->here(items_);
  return WholeInput{end.bytes, end.hash};
}

Vouched LineInput::vouched() const {
  if (!cursor_.places()) return Vouched::yes;
  const bool are_past = items_ >= left_out_.end();
  if (!are_past && !is_over_) return awaits_left_out_ ? Vouched::not_yet : Vouched::yes;
  return takes_any_ || (are_past && cursor_.places()->expected() == Hash128{}) ? Vouched::yes
                                                                               : Vouched::no;
}

}  // namespace forkmap::host
