// SPDX-License-Identifier: Apache-2.0
//
// Lines of an input that an earlier run has been at: whether they are the same, and how to go on
// behind them.
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "host/input/check_progress.hpp"
#include "host/input/line_input.hpp"

namespace forkmap::host {

namespace {

std::uint64_t distance(const char* begin, const char* end) noexcept {
  return static_cast<std::uint64_t>(end - begin);
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

InputComparison LineInput::go_on_behind(const InputClaim& claim, CheckProgress& progress) {
  using Result = InputComparison::Result;
  const bool is_believed = claim.file && claim.file == feed_->file() &&
                           claim.place.bytes <= feed_->size_bytes().value_or(0);
  if (is_believed) {
    jump_to(claim.place);
  } else if (std::string difference; !pass_to(claim, progress, difference)) {
    return {Result::another, difference};
  }
  const bool is_open_here = claim.is_open && claim.settled.end() == claim.place.items;
  if (is_open_here && !pass_line_end(claim.place.items - 1)) {
    return {Result::line_goes_on, "goes on in its last line, which had no end when it was read"};
  }
  begin_behind(claim.place.items);
  left_out_ = claim.settled;
  places_->expect(claim.ahead);
  awaits_left_out_ = !feed_->whole();
  if (!is_believed && !awaits_left_out_ && sum_of(claim.settled) != claim.ahead) {
    return {claim.is_open ? Result::line_goes_on : Result::another,
            "has other items behind item " + std::to_string(claim.place.items) +
                " than those that are done"};
  }
  pass_settled(claim);
  return {};
}

void LineInput::count_off(const InputClaim& claim) {
  const std::uint64_t items = claim.settled.below();
  to_pass_ = items == 0 ? to_pass_ : rules_.shard.index + (items - 1) * rules_.shard.count;
  while (items > 0 && !(pass_byte_order_mark() && pass_lines())) {
    if (at_end_) break;
    static_cast<void>(wait_for_more());
  }
  begin_behind(items);
  left_out_ = claim.settled;
  takes_any_ = true;
  awaits_left_out_ = !feed_->whole();
  if (!awaits_left_out_) places_->expect(sum_of(claim.settled).value_or(Hash128{}));
}

bool LineInput::pass_to(const InputClaim& claim, CheckProgress& progress, std::string& difference) {
  progress.begin("the input", claim.place.bytes);
  const std::string begin =
      "does not begin with the " + std::to_string(claim.place.bytes) + " bytes that were read: ";
  for (std::uint64_t left = claim.place.bytes; left > 0;) {
    const std::uint64_t step =
        std::min({left, distance(cursor_, stretch_.end), CheckProgress::kStepBytes});
    go_to(cursor_ + step);
    left -= step;
    progress.add(step);
    if (left == 0 || cursor_ != stretch_.end || wait_for_more()) continue;
    difference = begin + "it ends after " + std::to_string(claim.place.bytes - left) + " of them";
    return false;
  }
  at_start_ = claim.place.bytes == 0;
  if (places_->here(claim.place.items) == claim.place) return true;
  difference = begin + "other bytes are there";
  return false;
}

void LineInput::jump_to(const InputPlace& place) {
  if (cursor_ == nullptr) read_more();  // the whole file
  const std::size_t rest = StreamHash::rest_bytes(place.bytes);
  const char* const there = cursor_ + place.bytes;
  places_->go_on(place, {there - rest, rest});
  gone_bytes_ = place.bytes;
  cursor_ = there;
  scanned_bytes_ = 0;
  at_start_ = place.bytes == 0;
}

bool LineInput::pass_line_end(std::uint64_t item) {
  if (cursor_ == stretch_.end && !wait_for_more()) {
    open_item_ = item;
    return true;
  }
  if (*cursor_ != rules_.terminator) return false;
  go_to(cursor_ + 1);
  return true;
}

void LineInput::begin_behind(std::uint64_t items) {
  items_ = first_item_ = items;
  begun_bytes_ = gone_bytes_;
  to_pass_ = items == 0 ? rules_.shard.index - 1 : rules_.shard.count - 1;
  paused_ = false;
  if (places_) places_->begin_at(items);
}

void LineInput::pass_settled(const InputClaim& claim) {
  const std::uint64_t below = claim.settled.below();
  while (items_ < below) {
    if (!pass_to_item() || find_line_end() == nullptr) {
      // A stream that ends here is found out with the sum, which does not become nothing.
      if (at_end_) break;
      static_cast<void>(wait_for_more());  // at the end the line needs no terminator
      continue;
    }
    const char* const line_end = find_line_end();
    note_left_out({cursor_, distance(cursor_, line_end)});
    go_behind_item(line_end);
    ++items_;
    to_pass_ = rules_.shard.count - 1;
  }
  if (items_ == below && below > claim.place.items) begin_behind(below);
}

bool LineInput::restart() {
  if (!feed_->whole()) return false;
  const bool has_read = cursor_ != nullptr;
  cursor_ = has_read ? feed_->whole()->data() : nullptr;
  scanned_bytes_ = gone_bytes_ = 0;
  at_start_ = true;
  open_item_.reset();
  left_out_ = {};
  places_.emplace();
  begin_behind(0);
  return true;
}

bool LineInput::is_at_end() {
  for (;;) {
    if (pass_to_item() && cursor_ != stretch_.end) return false;
    if (at_end_ || !wait_for_more()) return true;
  }
}

std::optional<Hash128> LineInput::sum_of(const SettledItems& settled) const {
  std::string_view rest = *feed_->whole();
  rest.remove_prefix(gone_bytes_);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (at_start_ && rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  Hash128 sum;
  std::uint64_t to_pass = to_pass_;
  for (std::uint64_t item = items_; item < settled.end(); ++item) {
    for (; to_pass > 0; --to_pass) {
      if (!take_line(rest, rules_.terminator)) return std::nullopt;
    }
    const auto line = take_line(rest, rules_.terminator);
    if (!line) return std::nullopt;
    if (settled.contains(item)) sum += hash_of_item(item, vouched_text(*line));
    to_pass = rules_.shard.count - 1;
  }
  return sum;
}

// Of a line that is too long for a stream no more is kept, and a file is to give the same.
std::string_view LineInput::vouched_text(std::string_view text) const noexcept {
  return text.size() > rules_.max_line_bytes ? text.substr(0, kShownBytes) : text;
}

void LineInput::note_left_out(std::string_view text) {
  if (!places_) return;
  places_->settled_before(items_, hash_of_item(items_, vouched_text(text)));
  if (takes_any_ && items_ + 1 == left_out_.end()) places_->expect({});
}

void LineInput::vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) {
  if (!places_) return;
  const std::uint64_t begin = std::max(first_item_ + first, places_->last_before(below).items);
  const std::uint64_t end = first_item_ + first + count;
  if (begin >= end) return;
  std::uint64_t item = begin;
  records_.read(begin - first_item_, end - begin, [this, &item](std::string_view text) {
    places_->vouch_for(item, hash_of_item(item, vouched_text(text)));
    ++item;
  });
}

Vouched LineInput::vouched() const {
  if (!places_) return Vouched::yes;
  const bool are_past = items_ >= left_out_.end();
  if (!are_past && !is_over_) return awaits_left_out_ ? Vouched::not_yet : Vouched::yes;
  return takes_any_ || (are_past && places_->expected() == Hash128{}) ? Vouched::yes : Vouched::no;
}

bool LineInput::wait_for_more() {
  while (!at_end_) {
    paused_ = false;
    read_more();
    if (!paused_) return !at_end_;
    pollfd wanted = {.fd = feed_->awaited_fd(), .events = POLLIN, .revents = 0};
    ::poll(&wanted, 1, -1);
  }
  return false;
}

}  // namespace forkmap::host
