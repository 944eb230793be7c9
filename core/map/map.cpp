// SPDX-License-Identifier: Apache-2.0
#include "core/map/map.hpp"

#include <utility>

namespace forkmap::pool {

namespace {

constexpr types::Type kLine{FORKMAP_STR};

}  // namespace

Map::Map(std::weak_ptr<Loop> owner, MapRequest&& request,
         std::shared_ptr<const SingleItemLayouts> singles)
    : engine(std::move(owner)),
      request_(std::move(request)),
      results_(request_.ordered),
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

std::optional<std::uint64_t> Map::remaining() const {
  if (source_ended) return 0;
  if (!request_.source) return request_.arena_items - fed_;
  return request_.source->remaining();
}

}  // namespace forkmap::pool
