// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_cursor.hpp"

#include <poll.h>

#include <algorithm>
#include <cstring>

namespace forkmap::host {

void LineCursor::read_more() {
  const void* const owner = stretch_.owner.get();
  bool has_moved = false;
  switch (feed_->read(stretch_, here_)) {
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
  if (has_moved || stretch_.owner.get() != owner) here_ = stretch_.begin;
}

bool LineCursor::wait_for_more() {
  while (!at_end_) {
    paused_ = false;
    read_more();
    if (!paused_) return !at_end_;
    pollfd wanted = {.fd = feed_->awaited_fd(), .events = POLLIN, .revents = 0};
    ::poll(&wanted, 1, -1);
  }
  return false;
}

bool LineCursor::pass_to_item() {
  return pass_byte_order_mark() && pass_lines() && pass_long_line();
}

bool LineCursor::pass_byte_order_mark() {
  if (!at_start_) return true;
  const std::string_view there = at_hand();
  if (there.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(there) && !at_end_) {
    return false;
  }
  at_start_ = false;
  if (there.starts_with(kByteOrderMark)) go_to(here_ + kByteOrderMark.size());
  return true;
}

bool LineCursor::pass_lines() {
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

bool LineCursor::pass_long_line() {
  if (!has_long_line() || at_end_ || find_line_end() != nullptr) return true;
  long_line_.bytes += size_to(stretch_.end);
  go_to(stretch_.end);
  return false;
}

const char* LineCursor::find_line_end() noexcept {
  const std::uint64_t there = size_to(stretch_.end);
  if (there > scanned_bytes_) {
    const void* const at =
        std::memchr(here_ + scanned_bytes_, rules_.terminator, there - scanned_bytes_);
    if (at != nullptr) return static_cast<const char*>(at);
    scanned_bytes_ = there;
  }
  return at_end_ && there > 0 ? stretch_.end : nullptr;
}

void LineCursor::go_behind(const char* line_end) noexcept {
  go_to(line_end == stretch_.end ? line_end : line_end + 1);
}

void LineCursor::go_to(const char* next) noexcept {
  if (next == here_) return;
  passed_bytes_ += size_to(next);
  if (places_) places_->pass({here_, size_to(next)});
  here_ = next;
  scanned_bytes_ = 0;
}

// Of a mapped file nothing needs to be kept: its lines are there as a whole.
void LineCursor::look_for_long_line() {
  const std::uint64_t there = size_to(stretch_.end);
  if (has_long_line() || to_pass_ > 0 || there <= rules_.max_line_bytes || feed_->size_bytes()) {
    return;
  }
  if (find_line_end() != nullptr) return;
  long_line_ = {std::make_shared<std::string>(here_, std::min(there, kShownBytes)), 0};
}

void LineCursor::jump_to(const InputPlace& place) {
  if (here_ == nullptr) read_more();  // the whole file
  const std::size_t rest = StreamHash::rest_bytes(place.bytes);
  const char* const there = here_ + place.bytes;
  places_->go_on(place, {there - rest, rest});
  passed_bytes_ = place.bytes;
  here_ = there;
  scanned_bytes_ = 0;
  at_start_ = place.bytes == 0;
}

void LineCursor::restart() {
  const bool has_read = here_ != nullptr;
  here_ = has_read ? feed_->whole()->data() : nullptr;
  scanned_bytes_ = passed_bytes_ = 0;
  at_start_ = true;
  places_.emplace();
}

}  // namespace forkmap::host
