// SPDX-License-Identifier: Apache-2.0
#include "core/pool/map.hpp"

#include <utility>

#include "core/base/check.hpp"

namespace forkmap::pool {

Map::Map(std::weak_ptr<EngineCore> owner, MapRequest request)
    : engine(std::move(owner)), request_(std::move(request)) {
  if (request_.text) {
    input_types_ = {types::Type{FORKMAP_STR}};
  } else {
    input_types_ = request_.function->signature.arguments;
  }
  input_layout_ = types::layout_columns(types::Part::inputs, input_types_, 1);
  result_layout_ =
      types::layout_columns(types::Part::results, request_.function->signature.results, 1);
}

const types::ColumnLayout& Map::input_layout(std::uint64_t capacity) {
  if (input_layout_.capacity_items != capacity) {
    input_layout_ = types::layout_columns(types::Part::inputs, input_types_, capacity);
  }
  return input_layout_;
}

const types::ColumnLayout& Map::result_layout(std::uint64_t count) {
  if (result_layout_.capacity_items != count) {
    result_layout_ =
        types::layout_columns(types::Part::results, request_.function->signature.results, count);
  }
  return result_layout_;
}

void Map::deliver(ResultBatch batch) {
  settled_items_ += batch.count;
  if (cancelled) return;
  unread_items_ += batch.count;
  if (!request_.ordered) {
    ready_.push_back(std::move(batch));
    return;
  }
  if (batch.first != next_ready_) {
    FORKMAP_CHECK(batch.first > next_ready_);  // E1: no position is settled twice
    const bool is_new = reorder_.emplace(batch.first, std::move(batch)).second;
    FORKMAP_CHECK(is_new);
    return;
  }
  next_ready_ += batch.count;
  ready_.push_back(std::move(batch));
  for (auto next = reorder_.begin(); next != reorder_.end() && next->first == next_ready_;
       next = reorder_.erase(next)) {
    next_ready_ += next->second.count;
    ready_.push_back(std::move(next->second));
  }
}

void Map::release_order() {
  request_.ordered = false;
  for (auto& [first, batch] : reorder_) ready_.push_back(std::move(batch));
  reorder_.clear();
}

ResultBatch Map::take_batch() {
  FORKMAP_CHECK(!ready_.empty());
  ResultBatch batch = std::move(ready_.front());
  ready_.pop_front();
  unread_items_ -= batch.count;
  return batch;
}

std::uint64_t Map::drop_unread() {
  std::uint64_t bytes = 0;
  for (const ResultBatch& batch : ready_) bytes += batch.memory_bytes;
  for (const auto& [first, batch] : reorder_) bytes += batch.memory_bytes;
  ready_.clear();
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
