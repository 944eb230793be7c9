// SPDX-License-Identifier: Apache-2.0
#include "core/types/item_results.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/types/message_cut.hpp"

namespace forkmap::types {

namespace {

void refuse_item(forkmap_chunk& chunk, std::uint64_t needed_bytes) noexcept {
  drop_item(chunk);
  host_of(chunk).window_full = true;
  chunk.needed_bytes = needed_bytes;
}

// Whether `column` is the next variable column of the item; notes what is wrong otherwise.
bool is_next_column(forkmap_chunk& chunk, std::uint32_t column) noexcept {
  const std::uint32_t next = host_of(chunk).next_column;
  if (column >= chunk.result_count || chunk.results[column].ends == nullptr) {
    note_misuse(chunk, "result column " + std::to_string(column) +
                           " is not a str, bytes or array column of this function");
    return false;
  }
  if (column < next) {
    note_misuse(chunk,
                "result column " + std::to_string(column) + " was set twice or after a later one");
    return false;
  }
  for (std::uint32_t skipped = next; skipped < column; ++skipped) {
    if (chunk.results[skipped].ends == nullptr) continue;
    note_misuse(chunk, "result column " + std::to_string(skipped) + " was not set before column " +
                           std::to_string(column));
    return false;
  }
  return true;
}

// In a vectorized function nothing but the order shows that an item was left out.
bool is_next_item(forkmap_chunk& chunk, std::uint64_t item) noexcept {
  const ChunkHost& host = host_of(chunk);
  const bool is_first = host.item == ChunkHost::kNoItem;
  if (item == (is_first ? chunk.first : host.item + 1) && (is_first || columns_are_closed(chunk))) {
    return true;
  }
  note_misuse(chunk, "the variable results of the items were not set one item after the other");
  return false;
}

bool is_failure(std::uint32_t status) noexcept {
  return status >= FORKMAP_STATUS_FUNCTION_ERROR && status <= FORKMAP_STATUS_STALE_REGISTRY;
}

}  // namespace

void begin_run(forkmap_chunk& chunk) noexcept {
  ChunkHost& host = host_of(chunk);
  host.item = ChunkHost::kNoItem;
  host.window_full = false;
  host.misuse.clear();
  host.failure.reset();
}

void begin_item(forkmap_chunk& chunk, std::uint64_t item) noexcept {
  ChunkHost& host = host_of(chunk);
  host.item = item;
  host.item_start_bytes = chunk.bytes_used;
  host.next_column = 0;
}

bool columns_are_closed(const forkmap_chunk& chunk) noexcept {
  const ChunkHost& host = host_of(chunk);
  return static_cast<int>(host.next_column) > host.result_layout->last_variable;
}

void drop_item(forkmap_chunk& chunk) noexcept {
  ChunkHost& host = host_of(chunk);
  chunk.bytes_used = host.item_start_bytes;
  host.next_column = 0;
}

void* reserve_result(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t column,
                     std::uint64_t size_bytes) noexcept {
  ChunkHost& host = host_of(chunk);
  if (host.window_full || !host.misuse.empty()) return nullptr;
  if (item >= chunk.count) {
    if (host.item != item) begin_item(chunk, item);
    note_misuse(chunk, "the function set a result of an item outside its chunk");
    return nullptr;
  }
  if (host.item != item) {
    if (host.in_vector && !is_next_item(chunk, item)) return nullptr;
    begin_item(chunk, item);
  }
  if (!is_next_column(chunk, column)) return nullptr;

  const std::uint64_t limit_bytes =
      chunk.bytes_capacity - std::min(chunk.bytes_capacity, host.reserve_for_error_bytes);
  const std::uint64_t begin =
      aligned_start(chunk.bytes_used, element_bytes(Type{chunk.results[column].type}));
  if (begin > limit_bytes || size_bytes > limit_bytes - begin) {
    const std::uint64_t before = begin - host.item_start_bytes;
    refuse_item(chunk, size_bytes > ~before ? ~std::uint64_t{0} : before + size_bytes);
    return nullptr;
  }
  chunk.bytes_used = begin + size_bytes;
  chunk.results[column].ends[item] = chunk.bytes_used;
  host.next_column = column + 1;
  return chunk.bytes + begin;
}

bool fail_item(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t status,
               std::string_view text) noexcept {
  ChunkHost& host = host_of(chunk);
  if (host.window_full) return false;
  if (host.item == item) {
    drop_item(chunk);
  } else {
    begin_item(chunk, item);
  }

  const CutMessage message = cut_message(text);
  if (message.size() > chunk.bytes_capacity - chunk.bytes_used) {
    refuse_item(chunk, message.size());
    return false;
  }
  unsigned char* const place = chunk.bytes + chunk.bytes_used;
  // The text may lie in what the item had reserved.
  if (!message.kept.empty()) std::memmove(place, message.kept.data(), message.kept.size());
  if (!message.mark.empty()) {
    std::memcpy(place + message.kept.size(), message.mark.data(), message.mark.size());
  }
  host.errors[item] = ErrorPlace{chunk.bytes_used, message.size()};
  chunk.bytes_used += message.size();
  for (std::uint32_t column = 0; column < chunk.result_count; ++column) {
    if (chunk.results[column].ends != nullptr) chunk.results[column].ends[item] = chunk.bytes_used;
  }
  chunk.status[item] = static_cast<unsigned char>(
      is_failure(status) ? status : std::uint32_t{FORKMAP_STATUS_FUNCTION_ERROR});
  const bool is_told = chunk.status[item] == FORKMAP_STATUS_FUNCTION_ERROR;
  if (is_told && host.on_failure != nullptr) host.on_failure(host.failure_context, item);
  return true;
}

void note_misuse(forkmap_chunk& chunk, std::string text) noexcept {
  ChunkHost& host = host_of(chunk);
  if (host.misuse.empty()) host.misuse = std::move(text);
}

}  // namespace forkmap::types
