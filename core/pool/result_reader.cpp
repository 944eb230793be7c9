// SPDX-License-Identifier: Apache-2.0
#include "core/pool/result_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/pool/task_codes.hpp"

namespace forkmap::pool {

namespace {

constexpr std::size_t kSpareBatches = 256;
constexpr std::size_t kLargestSpareBytes = std::size_t{4} << 20U;
constexpr std::size_t kSmallestMemoryBytes = 256;

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + 63) / 64 * 64; }

bool is_failure(std::uint8_t status) {
  return status == FORKMAP_STATUS_FUNCTION_ERROR || status == FORKMAP_STATUS_BAD_ITEM ||
         status == FORKMAP_STATUS_PAYLOAD_TOO_LARGE;
}

// The stretches of the variable columns follow each other: each end is at or behind its (aligned)
// start and within the bytes area. A failed item's stretches hold its error text or nothing.
bool stretches_hold(const types::ColumnLayout& layout, const std::vector<forkmap_column>& columns,
                    std::uint32_t complete, std::uint64_t bytes_used, const unsigned char* status) {
  for (std::uint32_t item = 0; item < complete; ++item) {
    for (std::uint32_t column = 0; column < layout.column_count; ++column) {
      if (!layout.types[column].is_variable()) continue;
      const std::uint64_t start = columns[column].starts[item];
      const std::uint64_t end = columns[column].ends[item];
      if (start > bytes_used || end > bytes_used || end < start) return false;
      if (status[item] != FORKMAP_STATUS_VALUE) continue;
      const std::uint32_t element = types::element_bytes(layout.types[column]);
      const std::uint64_t begin = types::aligned_start(start, element);
      if (end < begin || (end - begin) % element != 0) return false;
    }
  }
  return true;
}

bool read_errors(const ResultPlace& place, const ResultBatch& batch, std::uint32_t complete,
                 std::uint64_t capacity_bytes, std::vector<RawError>& errors) {
  const auto* const places =
      reinterpret_cast<const types::ErrorPlace*>(place.window + place.layout->errors_offset_bytes);
  for (std::uint32_t item = 0; item < complete; ++item) {
    const std::uint8_t status = batch.status[item];
    if (status == FORKMAP_STATUS_VALUE) continue;
    if (!is_failure(status)) return false;
    types::ErrorPlace found{};
    std::memcpy(&found, &places[item], sizeof found);  // one copy, then only the copy
    if (found.size_bytes > FORKMAP_MAX_MESSAGE_BYTES || found.offset_bytes > capacity_bytes ||
        found.size_bytes > capacity_bytes - found.offset_bytes) {
      return false;
    }
    const auto* const text = reinterpret_cast<const char*>(
        place.window + place.layout->bytes_offset_bytes + found.offset_bytes);
    errors.push_back({item, status, std::string(text, found.size_bytes)});
  }
  return true;
}

}  // namespace

void BatchMemory::give(ResultBatch& batch, std::size_t bytes) {
  if (!spare_.empty()) {
    batch = std::move(spare_.back());
    spare_.pop_back();
  }
  if (batch.memory_bytes < bytes) {
    const std::size_t size = std::max(kSmallestMemoryBytes, round_up(bytes));
    batch.memory = std::unique_ptr<std::byte[]>(new std::byte[size]);
    batch.memory_bytes = size;
  }
}

void BatchMemory::take_back(ResultBatch batch) {
  if (spare_.size() >= kSpareBatches || batch.memory_bytes > kLargestSpareBytes) return;
  batch.first = 0;
  batch.count = 0;
  batch.status = nullptr;
  batch.columns.clear();
  batch.text = nullptr;
  batch.text_ends = nullptr;
  batch.errors.clear();
  batch.worker = -1;
  batch.pid = 0;
  spare_.push_back(std::move(batch));
}

bool read_results(const ResultPlace& place, std::uint32_t complete,
                  std::optional<std::uint64_t> bytes_used, std::uint64_t text_bytes,
                  BatchMemory& memory, ResultBatch& batch, std::vector<RawError>& errors) {
  const types::ColumnLayout& layout = *place.layout;
  const std::uint64_t capacity_bytes = place.window_bytes - layout.bytes_offset_bytes;
  std::uint64_t fill = 0;
  if (layout.has_variable() && complete > 0) {
    const auto last = static_cast<std::size_t>(layout.last_variable);
    // After a death only the columns say how far the bytes area is filled.
    std::memcpy(&fill, place.head + layout.offsets_bytes[last] + complete * sizeof(std::uint64_t),
                sizeof fill);
  } else if (bytes_used && !layout.has_variable()) {
    fill = 0;  // error texts only; they are copied one by one
  }
  if (fill > capacity_bytes ||
      (bytes_used && (*bytes_used > capacity_bytes || fill > *bytes_used))) {
    return false;
  }
  const std::uint64_t text_ends_bytes = text_bytes > 0 ? complete * sizeof(std::uint64_t) : 0;
  const std::uint64_t text_offset =
      text_area_offset_bytes(layout.bytes_offset_bytes + bytes_used.value_or(0));
  if (text_bytes > 0 &&
      (text_offset > place.window_bytes || text_ends_bytes > place.window_bytes - text_offset ||
       text_bytes > place.window_bytes - text_offset - text_ends_bytes)) {
    return false;
  }

  const std::uint64_t head_bytes =
      place.in_arena ? round_up(layout.capacity_items) : layout.head_bytes;
  const std::uint64_t area_offset = round_up(head_bytes);
  const std::uint64_t ends_offset = round_up(area_offset + fill);
  memory.give(batch, ends_offset + text_ends_bytes + text_bytes);
  std::byte* const base = batch.memory.get();
  std::memcpy(base, place.head, head_bytes);
  const std::byte* const area = place.window + layout.bytes_offset_bytes;
  if (fill > 0) std::memcpy(base + area_offset, area, fill);
  batch.count = complete;
  batch.status = reinterpret_cast<const unsigned char*>(base + layout.status_offset_bytes);
  batch.columns.assign(layout.column_count, forkmap_column{});
  if (!place.in_arena) {
    types::readable_columns(layout, base, batch.columns.data());
    for (forkmap_column& column : batch.columns) {
      if (column.ends != nullptr) {
        column.bytes = reinterpret_cast<const unsigned char*>(base + area_offset);
      }
    }
    if (layout.has_variable() && complete > 0) {
      types::begin_columns(layout, base);  // the leading word is not the worker's to say
      if (!stretches_hold(layout, batch.columns, complete, fill, batch.status)) return false;
    }
  }
  if (text_bytes > 0) {
    std::memcpy(base + ends_offset, place.window + text_offset, text_ends_bytes + text_bytes);
    auto* const ends = reinterpret_cast<std::uint64_t*>(base + ends_offset);
    std::uint64_t before = 0;
    for (std::uint32_t item = 0; item < complete; ++item) {
      if (ends[item] < before || ends[item] > text_bytes) return false;
      before = ends[item];
    }
    if (complete > 0 && before != text_bytes) return false;
    batch.text_ends = ends;
    batch.text = reinterpret_cast<const unsigned char*>(base + ends_offset + text_ends_bytes);
  }
  return read_errors(place, batch, complete, capacity_bytes, errors);
}

}  // namespace forkmap::pool
