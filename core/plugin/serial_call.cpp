// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/serial_call.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/base/check.hpp"
#include "core/types/item_status.hpp"

namespace forkmap::plugin {

namespace {

constexpr std::uint64_t kErrorBytes = FORKMAP_MAX_MESSAGE_BYTES + 64;  // a text and its padding
// Virtual bytes for variable results. A function whose results need more is run again for the item
// that did not fit, so this is generous.
constexpr std::uint64_t kVariableBytes = std::uint64_t{1} << 30;

std::uint64_t wanted_bytes(const types::ColumnLayout& layout) {
  const std::uint64_t texts =
      std::min(layout.capacity_items, kVariableBytes / kErrorBytes) * kErrorBytes;
  return layout.bytes_offset_bytes + texts + (layout.has_variable() ? kVariableBytes : 0);
}

}  // namespace

SerialCall::SerialCall(const SerialSession& session, const FunctionEntry& function,
                       std::uint64_t capacity_items, std::uint64_t input_bytes)
    : session_(&session),
      function_(&function),
      input_layout_(
          types::layout_columns(types::Part::inputs, function.signature.arguments, capacity_items)),
      result_layout_(
          types::layout_columns(types::Part::results, function.signature.results, capacity_items)),
      input_memory_(std::make_unique_for_overwrite<std::byte[]>(input_layout_.bytes_offset_bytes +
                                                                input_bytes)),
      result_memory_(wanted_bytes(result_layout_),
                     result_layout_.bytes_offset_bytes + kErrorBytes) {
  session.require_prepared(function);
  types::result_columns(input_layout_, input_memory_.get(), input_columns_.data());
  types::argument_columns(input_layout_, input_memory_.get(), arguments_.data());
  inputs_ = {.columns = input_columns_.data(),
             .column_count = input_layout_.column_count,
             .bytes = reinterpret_cast<unsigned char*>(input_memory_.get()) +
                      input_layout_.bytes_offset_bytes,
             .bytes_used = 0,
             .bytes_capacity = input_bytes,
             .count = 0,
             .capacity_items = capacity_items};
  host_.parameters = session.environment().parameters;
  host_.result_layout = &result_layout_;
}

void SerialCall::point_into_memory(forkmap_chunk& chunk) {
  std::byte* const base = result_memory_.base();
  types::result_columns(result_layout_, base, results_.data());
  types::readable_columns(result_layout_, base, readable_.data());
  host_.errors = reinterpret_cast<types::ErrorPlace*>(base + result_layout_.errors_offset_bytes);
  chunk.status = reinterpret_cast<unsigned char*>(base) + result_layout_.status_offset_bytes;
  chunk.bytes = reinterpret_cast<unsigned char*>(base) + result_layout_.bytes_offset_bytes;
  chunk.bytes_capacity = result_memory_.size_bytes() - result_layout_.bytes_offset_bytes;
}

void SerialCall::run(std::uint64_t first_index, std::uint64_t index_stride) {
  std::uint64_t progress = 0;
  host_.floats = session_->floats();
  forkmap_chunk chunk{};
  chunk.table = types::chunk_table();
  chunk.size_bytes = sizeof chunk;
  chunk.argument_count = input_layout_.column_count;
  chunk.result_count = result_layout_.column_count;
  chunk.count = inputs_.count;
  chunk.arguments = arguments_.data();
  chunk.results = results_.data();
  chunk.progress = &progress;
  chunk.first_index = first_index;
  chunk.index_stride = index_stride;
  chunk.seed = session_->seed();
  chunk.function = function_->record;
  chunk.host = &host_;
  point_into_memory(chunk);
  std::memset(chunk.status, FORKMAP_STATUS_NONE, inputs_.count);

  while (chunk.first < chunk.count) {
    const int returned = types::run_chunk(chunk);
    chunk.first = progress & 0xffff'ffffU;
    if (returned == FORKMAP_RUN_COMPLETE) break;
    if (returned == FORKMAP_RUN_WINDOW_FULL) {
      make_room(chunk, chunk.first);
    } else {
      settle(
          chunk, chunk.first, FORKMAP_STATUS_FUNCTION_ERROR,
          "the plugin refuses to run this function: it expects other columns or a later forkmap");
    }
    chunk.first = progress & 0xffff'ffffU;
  }
}

void SerialCall::make_room(forkmap_chunk& chunk, std::uint64_t row) {
  const std::uint64_t used = result_layout_.bytes_offset_bytes + chunk.bytes_used;
  const std::uint64_t needed = used + chunk.needed_bytes + kErrorBytes;
  const std::uint64_t size = std::max(needed, 2 * result_memory_.size_bytes());
  if (chunk.needed_bytes < (std::uint64_t{1} << 62) &&
      (result_memory_.grow(size, used) || result_memory_.grow(needed, used))) {
    point_into_memory(chunk);
    return;
  }
  settle(chunk, row, FORKMAP_STATUS_PAYLOAD_TOO_LARGE,
         "a result of " + std::to_string(chunk.needed_bytes) + " bytes does not fit into memory");
}

void SerialCall::settle(forkmap_chunk& chunk, std::uint64_t row, std::uint32_t status,
                        std::string_view text) {
  if (types::settle_item(chunk, row, status, text)) return;
  // There is no room for the text either; the status alone has to do, and always fits.
  FORKMAP_CHECK(types::settle_item(chunk, row, status, {}));
}

std::uint8_t SerialCall::stored_status(std::uint64_t row) const noexcept {
  return std::to_integer<std::uint8_t>(
      result_memory_.base()[result_layout_.status_offset_bytes + row]);
}

std::uint32_t SerialCall::status(std::uint64_t row) const noexcept {
  return types::reported_status(stored_status(row));
}

ErrorKind SerialCall::error_kind(std::uint64_t row) const noexcept {
  return types::kind_of_failure(stored_status(row));
}

std::string_view SerialCall::message(std::uint64_t row) const {
  if (!types::has_text(stored_status(row))) return types::fixed_text(stored_status(row));
  const types::ErrorPlace& place = host_.errors[row];
  return {reinterpret_cast<const char*>(result_memory_.base() + result_layout_.bytes_offset_bytes +
                                        place.offset_bytes),
          place.size_bytes};
}

void SerialCall::clear() noexcept {
  inputs_.count = 0;
  inputs_.bytes_used = 0;
}

}  // namespace forkmap::plugin
