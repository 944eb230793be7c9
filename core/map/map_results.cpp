// SPDX-License-Identifier: Apache-2.0
#include "core/map/map_results.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace forkmap::pool {

namespace {

constexpr std::size_t kFirstReadyBatches = 4;
constexpr std::size_t kSpareNodes = 1024;

}  // namespace

void MapResults::make_ready(ResultBatch&& batch) {
  if (ready_.full()) {
    ready_.set_capacity(std::max<std::size_t>(kFirstReadyBatches, 2 * ready_.capacity()));
  }
  ready_bytes_ += bytes_of(batch);
  ready_.push_back(std::move(batch));
}

void MapResults::deliver(ResultBatch&& batch) {
  failures_ += batch.errors.size();
  unread_items_ += batch.count;
  if (!ordered_) {
    make_ready(std::move(batch));
    return;
  }
  if (batch.first != next_ready_) {
    FORKMAP_CHECK(batch.first > next_ready_);  // E1: no position is settled twice
    bool is_new = false;
    if (spare_nodes_.empty()) {
      is_new = reorder_.emplace(batch.first, std::move(batch)).second;
    } else {
      Reorder::node_type spare = std::move(spare_nodes_.back());
      spare_nodes_.pop_back();
      spare.key() = batch.first;
      spare.mapped() = std::move(batch);
      is_new = reorder_.insert(std::move(spare)).inserted;
    }
    FORKMAP_CHECK(is_new);
    return;
  }
  next_ready_ += batch.count;
  make_ready(std::move(batch));
  while (!reorder_.empty() && reorder_.begin()->first == next_ready_) {
    Reorder::node_type next = reorder_.extract(reorder_.begin());
    next_ready_ += next.mapped().count;
    make_ready(std::move(next.mapped()));
    if (spare_nodes_.size() < kSpareNodes) spare_nodes_.push_back(std::move(next));
  }
}

void MapResults::release_order() {
  ordered_ = false;
  for (auto& [first, batch] : reorder_) make_ready(std::move(batch));
  reorder_.clear();
}

ResultBatch MapResults::take_batch() {
  FORKMAP_CHECK(!ready_.empty());
  ResultBatch batch = std::move(ready_.front());
  ready_.pop_front();
  ready_bytes_ -= bytes_of(batch);
  unread_items_ -= batch.count;
  return batch;
}

std::uint64_t MapResults::drop_unread() {
  std::uint64_t bytes = 0;
  for (const ResultBatch& batch : ready_) bytes += bytes_of(batch);
  for (const auto& [first, batch] : reorder_) bytes += bytes_of(batch);
  ready_.clear();
  ready_bytes_ = 0;
  reorder_.clear();
  unread_items_ = 0;
  return bytes;
}

}  // namespace forkmap::pool
