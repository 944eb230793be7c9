// SPDX-License-Identifier: Apache-2.0
#include "core/pool/result_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/lane/task_codes.hpp"
#include "core/types/item_status.hpp"

namespace forkmap::pool {

namespace {

// Shorter results are copied out of the window at once, which gives it back warm.
constexpr std::uint64_t kShortestHeldBytes = std::uint64_t{512} << 10U;

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + 63) / 64 * 64; }

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

// The first item from `item` on that has no value. Values are looked over eight at a time.
std::uint32_t next_failure(const unsigned char* status, std::uint32_t item,
                           std::uint32_t complete) noexcept {
  constexpr std::uint64_t kAllValues = 0x0101010101010101U * FORKMAP_STATUS_VALUE;
  for (; item + sizeof kAllValues <= complete; item += sizeof kAllValues) {
    std::uint64_t word = 0;
    std::memcpy(&word, status + item, sizeof word);
    if (word != kAllValues) break;
  }
  while (item < complete && status[item] == FORKMAP_STATUS_VALUE) ++item;
  return item;
}

bool read_errors(const ResultPlace& place, const ResultBatch& batch, std::uint32_t complete,
                 std::uint64_t capacity_bytes, std::vector<RawError>& errors) {
  const auto* const places =
      reinterpret_cast<const types::ErrorPlace*>(place.window + place.layout->errors_offset_bytes);
  for (std::uint32_t item = next_failure(batch.status, 0, complete); item < complete;
       item = next_failure(batch.status, item + 1, complete)) {
    const std::uint8_t status = batch.status[item];
    if (!types::is_failure(status)) return false;
    if (!types::has_text(status)) {
      errors.push_back({item, status, std::string(types::fixed_text(status))});
      continue;
    }
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

// Ends and text are copied in one piece: in the window, too, they follow each other.
bool read_text(const ResultPlace& place, std::uint32_t complete, std::uint64_t bytes_used,
               std::uint64_t text_bytes, BatchMemory& memory, ResultBatch& batch) {
  const types::ColumnLayout& layout = *place.layout;
  const std::uint64_t ends_bytes = place.has_text_ends ? complete * sizeof(std::uint64_t) : 0;
  if (bytes_used > place.window_bytes - layout.bytes_offset_bytes) return false;
  const std::uint64_t offset = text_area_offset_bytes(layout.bytes_offset_bytes + bytes_used);
  if (offset > place.window_bytes || ends_bytes > place.window_bytes - offset ||
      text_bytes > place.window_bytes - offset - ends_bytes) {
    return false;
  }
  const std::uint64_t copy_offset = round_up(complete);
  const bool holds = place.may_hold && text_bytes >= kShortestHeldBytes;
  const std::uint64_t copied_text_bytes = holds ? 0 : text_bytes;
  memory.give(batch, copy_offset + ends_bytes + copied_text_bytes);
  std::byte* const base = batch.memory.get();
  std::memcpy(base, place.head + layout.status_offset_bytes, complete);
  std::memcpy(base + copy_offset, place.window + offset, ends_bytes + copied_text_bytes);
  batch.count = complete;
  batch.status = reinterpret_cast<const unsigned char*>(base);
  batch.columns.clear();
  batch.text = reinterpret_cast<const unsigned char*>(holds ? place.window + offset + ends_bytes
                                                            : base + copy_offset + ends_bytes);
  batch.held_bytes = holds ? text_bytes : 0;
  batch.text_bytes = text_bytes;
  if (!place.has_text_ends) return true;
  const auto* const ends = reinterpret_cast<const std::uint64_t*>(base + copy_offset);
  batch.text_ends = ends;
  std::uint64_t before = 0;
  for (std::uint32_t item = 0; item < complete; ++item) {
    if (ends[item] < before || ends[item] > text_bytes) return false;
    before = ends[item];
  }
  return complete == 0 || before == text_bytes;
}

bool read_columns(const ResultPlace& place, std::uint32_t complete,
                  std::optional<std::uint64_t> bytes_used, BatchMemory& memory,
                  ResultBatch& batch) {
  const types::ColumnLayout& layout = *place.layout;
  const std::uint64_t capacity_bytes = place.window_bytes - layout.bytes_offset_bytes;
  std::uint64_t fill = 0;  // stays 0 without variable columns; error texts are copied one by one
  if (layout.has_variable() && complete > 0) {
    const auto last = static_cast<std::size_t>(layout.last_variable);
    // After a death only the columns say how far the bytes area is filled.
    std::memcpy(&fill, place.head + layout.offsets_bytes[last] + complete * sizeof(std::uint64_t),
                sizeof fill);
  }
  if (fill > capacity_bytes ||
      (bytes_used && (*bytes_used > capacity_bytes || fill > *bytes_used))) {
    return false;
  }
  const std::uint64_t head_bytes =
      place.in_arena ? round_up(layout.capacity_items) : layout.head_bytes;
  const std::uint64_t area_offset = round_up(head_bytes);
  const bool holds = place.may_hold && fill >= kShortestHeldBytes;
  memory.give(batch, area_offset + (holds ? 0 : fill));
  std::byte* const base = batch.memory.get();
  std::memcpy(base, place.head, head_bytes);
  const std::byte* const area = place.window + layout.bytes_offset_bytes;
  if (fill > 0 && !holds) std::memcpy(base + area_offset, area, fill);
  batch.held_bytes = holds ? fill : 0;
  batch.count = complete;
  batch.status = reinterpret_cast<const unsigned char*>(base + layout.status_offset_bytes);
  batch.columns.assign(layout.column_count, forkmap_column{});
  if (place.in_arena) return true;
  types::readable_columns(layout, base, batch.columns.data());
  for (forkmap_column& column : batch.columns) {
    if (column.ends != nullptr) {
      column.bytes = reinterpret_cast<const unsigned char*>(holds ? area : base + area_offset);
    }
  }
  if (!layout.has_variable() || complete == 0) return true;
  types::begin_columns(layout, base);  // the leading word is not the worker's to say
  return stretches_hold(layout, batch.columns, complete, fill, batch.status);
}

}  // namespace

bool read_results(const ResultPlace& place, std::uint32_t complete,
                  std::optional<std::uint64_t> bytes_used, std::uint64_t text_bytes,
                  BatchMemory& memory, ResultBatch& batch, std::vector<RawError>& errors) {
  if (place.all_values) {
    batch.count = complete;
    batch.columns.assign(place.layout->column_count, forkmap_column{});
    return true;
  }
  const bool is_sound =
      text_bytes > 0 ? read_text(place, complete, bytes_used.value_or(0), text_bytes, memory, batch)
                     : read_columns(place, complete, bytes_used, memory, batch);
  return is_sound && read_errors(place, batch, complete,
                                 place.window_bytes - place.layout->bytes_offset_bytes, errors);
}

}  // namespace forkmap::pool
