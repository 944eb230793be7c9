// SPDX-License-Identifier: Apache-2.0
#include "core/node/block_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/node/wire.hpp"

namespace forkmap::node {

void BlockQueue::add(Block&& block) {
  rows_ += block.count;
  left_[block.number] = block.count;
  queue_.push_back({std::move(block), 0, 0});
}

// A block was looked through when it came (from_message), so its rows are what they say.
std::string_view BlockQueue::next_line(const Queued& queued, std::size_t& end) const {
  const std::span<const std::byte> left = std::span(queued.block.lines).subspan(queued.at);
  WireReader in(left);
  const auto bytes = in.get_bytes(in.get_short());
  FORKMAP_CHECK(in.is_good());
  end = static_cast<std::size_t>(bytes.data() + bytes.size() - queued.block.lines.data());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void BlockQueue::note_taken(Queued& queued, std::size_t end) {
  if (!taken_.empty() && taken_.back().rows.block == queued.block.number &&
      taken_.back().rows.row + taken_.back().rows.count == queued.row) {
    ++taken_.back().rows.count;
    ++taken_.back().left;
  } else {
    taken_.push_back({positions_, {queued.block.number, queued.row, 1}, 1});
  }
  ++positions_;
  --rows_;
  ++queued.row;
  queued.at = end;
  if (queued.row == queued.block.count) queue_.pop_front();
}

ItemSource::Fill BlockQueue::fill(InputBlock& block, std::size_t limit) {
  while (block.count < limit && !queue_.empty() && block.bytes_used <= block.bytes_aim) {
    Queued& first = queue_.front();
    const std::uint64_t index = first.block.index + first.row * index_stride_;
    if (block.count == 0) block.index = index;
    if (index != block.index + block.count * index_stride_) return ItemSource::Fill::more;
    std::size_t end = 0;
    const std::string_view line = next_line(first, end);
    if (line.size() > block.bytes_capacity - block.bytes_used) return ItemSource::Fill::full;
    if (!line.empty()) std::memcpy(block.bytes + block.bytes_used, line.data(), line.size());
    block.bytes_used += line.size();
    block.columns[0].ends[block.count++] = block.bytes_used;
    note_taken(first, end);
  }
  if (!queue_.empty()) return ItemSource::Fill::more;
  return is_closed_ ? ItemSource::Fill::end : ItemSource::Fill::pause;
}

std::uint64_t BlockQueue::skip() {
  FORKMAP_CHECK(!queue_.empty());
  std::size_t end = 0;
  const std::uint64_t bytes = next_line(queue_.front(), end).size();
  note_taken(queue_.front(), end);
  return bytes;
}

ReturnedRows BlockQueue::take_back(std::uint64_t block) {
  const auto found = std::ranges::find_if(
      queue_, [block](const Queued& queued) { return queued.block.number == block; });
  if (found == queue_.end()) return {block, 0, 0};
  const ReturnedRows returned{block, found->row, found->block.count - found->row};
  rows_ -= returned.count;
  queue_.erase(found);
  std::uint32_t& left = left_.at(block);
  left -= returned.count;
  if (left == 0) left_.erase(block);
  return returned;
}

std::vector<std::uint64_t> BlockQueue::blocks_with_rows() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(queue_.size());
  for (const Queued& queued : queue_) numbers.push_back(queued.block.number);
  return numbers;
}

std::deque<BlockQueue::Taken>::const_iterator BlockQueue::find(std::uint64_t position) const {
  auto found = std::ranges::upper_bound(taken_, position, {}, &Taken::position);
  FORKMAP_CHECK(found != taken_.begin());
  --found;
  FORKMAP_CHECK(position - found->position < found->rows.count);
  return found;
}

RowRun BlockQueue::rows_at(std::uint64_t position, std::uint32_t most) const {
  const Taken& taken = *find(position);
  const auto before = static_cast<std::uint32_t>(position - taken.position);
  return {taken.rows.block, taken.rows.row + before, std::min(most, taken.rows.count - before)};
}

bool BlockQueue::note_done(std::uint64_t position, const RowRun& run) {
  Taken& taken = taken_[static_cast<std::size_t>(find(position) - taken_.cbegin())];
  FORKMAP_CHECK(run.count <= taken.left);
  taken.left -= run.count;
  while (!taken_.empty() && taken_.front().left == 0 && taken_.size() > 1) taken_.pop_front();
  std::uint32_t& left = left_.at(run.block);
  left -= run.count;
  if (left != 0) return false;
  left_.erase(run.block);
  return true;
}

}  // namespace forkmap::node
