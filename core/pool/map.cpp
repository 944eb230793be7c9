// SPDX-License-Identifier: Apache-2.0
#include "core/pool/map.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace forkmap::pool {

namespace {

constexpr std::size_t kFirstReadyBatches = 4;
constexpr std::size_t kSpareNodes = 1024;
constexpr types::Type kLine{FORKMAP_STR};

std::uint64_t bytes_of(const ResultBatch& batch) noexcept {
  return batch.memory_bytes + batch.held_bytes;
}

}  // namespace

Map::Map(std::weak_ptr<EngineCore> owner, MapRequest&& request,
         std::shared_ptr<const SingleItemLayouts> singles)
    : engine(std::move(owner)),
      request_(std::move(request)),
      singles_(std::move(singles)),
      gathers_(singles_->results_fit_cell() && !request_.text && !request_.timed &&
               request_.arena_columns.empty()) {}

std::span<const types::Type> Map::input_types() const noexcept {
  if (request_.text) return {&kLine, 1};
  return request_.function->signature.arguments;
}

const types::ColumnLayout& Map::input_layout(std::uint64_t capacity) {
  if (capacity == 1) return singles_->inputs;
  if (!input_layout_ || input_layout_->capacity_items != capacity) {
    input_layout_ = types::layout_columns(types::Part::inputs, input_types(), capacity);
  }
  return *input_layout_;
}

const types::ColumnLayout& Map::result_layout(std::uint64_t count) {
  if (count == 1) return singles_->results;
  if (!result_layout_ || result_layout_->capacity_items != count) {
    result_layout_ =
        types::layout_columns(types::Part::results, request_.function->signature.results, count);
  }
  return *result_layout_;
}

void Map::make_ready(ResultBatch&& batch) {
  if (ready_.full()) {
    ready_.set_capacity(std::max<std::size_t>(kFirstReadyBatches, 2 * ready_.capacity()));
  }
  ready_bytes_ += bytes_of(batch);
  ready_.push_back(std::move(batch));
}

void Map::deliver(ResultBatch&& batch) {
  settled_items_ += batch.count;
  failures_ += batch.errors.size();
  unread_items_ += batch.count;
  if (!request_.ordered) {
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

void Map::release_order() {
  request_.ordered = false;
  for (auto& [first, batch] : reorder_) make_ready(std::move(batch));
  reorder_.clear();
}

ResultBatch Map::take_batch() {
  FORKMAP_CHECK(!ready_.empty());
  ResultBatch batch = std::move(ready_.front());
  ready_.pop_front();
  ready_bytes_ -= bytes_of(batch);
  unread_items_ -= batch.count;
  return batch;
}

std::uint64_t Map::drop_unread() {
  std::uint64_t bytes = 0;
  for (const ResultBatch& batch : ready_) bytes += bytes_of(batch);
  for (const auto& [first, batch] : reorder_) bytes += bytes_of(batch);
  ready_.clear();
  ready_bytes_ = 0;
  reorder_.clear();
  unread_items_ = 0;
  return bytes;
}

std::optional<std::uint64_t> Map::remaining() const {
  if (source_ended) return 0;
  if (!request_.source) return request_.arena_items - fed;
  return request_.source->remaining();
}

}  // namespace forkmap::pool
