// SPDX-License-Identifier: Apache-2.0
#include "host/input/argument_input.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::host {

ArgumentInput::ArgumentInput(std::unique_ptr<const ItemTexts> texts, const Shard& shard, bool raw)
    : texts_(std::move(texts)), shard_(shard), raw_(raw) {
  const std::uint64_t all = texts_->size();
  const std::uint64_t before = shard.index - 1;
  size_ = all <= before ? 0 : (all - before + shard.count - 1) / shard.count;
}

ItemSource::Fill ArgumentInput::fill(InputBlock& block, std::size_t limit) {
  std::string room;
  for (; limit > 0 && block.count < block.capacity_items; --limit) {
    if (next_ == size_) return ItemSource::Fill::end;
    if (left_out_.contains(next_)) {
      return block.count > 0 ? ItemSource::Fill::more : ItemSource::Fill::failed;
    }
    const std::string_view text = text_of(next_, room);
    // One CR before the end of a text is dropped, and an argument has none to spare.
    const bool spare = !raw_ && text.ends_with('\r');
    if (!append_text(block, spare ? std::string(text) + '\r' : text)) {
      return ItemSource::Fill::full;
    }
    go_behind_next();
    if (block.bytes_aim > 0 && block.bytes_used >= block.bytes_aim) break;
  }
  return next_ == size_ ? ItemSource::Fill::end : ItemSource::Fill::more;
}

// The only items that fail here are those left out.
ItemError ArgumentInput::take_error() {
  go_behind_next();
  return left_out_error();
}

std::uint64_t ArgumentInput::skip_too_large() {
  go_behind_next();
  std::string room;
  return text_of(next_ - 1, room).size();
}

void ArgumentInput::go_behind_next() {
  const std::size_t item = next_++;
  if (!keeps_places_) return;
  const std::string text = identity(item);
  places_.pass(std::string_view(text.c_str(), text.size() + 1));  // with a NUL, so cuts count
  if (left_out_.contains(item)) {
    places_.settled_before(item, hash_of_item(item, text));
    places_.mark_left_out(next_);
  } else {
    places_.mark(next_);
  }
}

void ArgumentInput::go_behind(std::uint64_t items) {
  while (next_ < std::min<std::uint64_t>(items, size_)) go_behind_next();
  first_ = next_;
  places_.begin_at(items);
}

InputComparison ArgumentInput::go_on_behind(const ResumeClaim& claim, CheckProgress&) {
  using Result = InputComparison::Result;
  go_behind(claim.place.items);
  if (next_ < claim.settled.end() && size_ < claim.settled.end()) {
    return {Result::another,
            "has only " + std::to_string(size_) + (size_ == 1 ? " item" : " items")};
  }
  if (places_.here(claim.place.items) != claim.place) return {Result::another, "has other items"};
  Hash128 sum;
  for (std::size_t item = next_; item < claim.settled.end(); ++item) {
    if (claim.settled.contains(item)) sum += hash_of_number(item);
  }
  if (sum != claim.ahead) {
    return {Result::another,
            "has other items behind item " + std::to_string(next_) + " than those that are done"};
  }
  go_behind(claim.settled.below());
  left_out_ = claim.settled;
  // What comes by from now on; the others have been compared.
  Hash128 ahead;
  for (const auto& [first, end] : left_out_.ranges()) {
    for (std::size_t item = first; item < end; ++item) ahead += hash_of_number(item);
  }
  places_.expect(ahead);
  return {};
}

void ArgumentInput::count_off(const ResumeClaim& claim) {
  go_behind(claim.settled.below());
  left_out_ = claim.settled;
  Hash128 ahead;
  for (const auto& [first, end] : left_out_.ranges()) {
    for (std::size_t item = first; item < std::min<std::size_t>(end, size_); ++item) {
      ahead += hash_of_number(item);
    }
  }
  places_.expect(ahead);
}

void ArgumentInput::vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) {
  if (!keeps_places_) return;
  const std::uint64_t begin = std::max(first_ + first, places_.last_before(below).items);
  for (std::uint64_t item = begin; item < first_ + first + count; ++item) {
    places_.vouch_for(item, hash_of_number(item));
  }
}

void ArgumentInput::read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const {
  std::string room;
  for (std::uint64_t item = first_ + first; item < first_ + first + count; ++item) {
    use(text_of(item, room));
  }
}

std::optional<double> ArgumentInput::fraction() const {
  if (size_ == 0) return 1.0;
  return static_cast<double>(next_) / static_cast<double>(size_);
}

}  // namespace forkmap::host
