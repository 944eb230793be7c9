// SPDX-License-Identifier: Apache-2.0
#include "core/types/item_results.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/types/item_status.hpp"
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

void note_without_result(forkmap_chunk& chunk, std::uint64_t item) noexcept {
  try {
    host_of(chunk).without_result.push_back(item);
  } catch (...) {
    note_misuse(chunk, "there is no memory to note what the function has left out");
  }
}

}  // namespace

void begin_run(forkmap_chunk& chunk) noexcept {
  ChunkHost& host = host_of(chunk);
  host.item = ChunkHost::kNoItem;
  host.window_full = false;
  host.misuse.clear();
  host.failure.reset();
  host.without_result.clear();
}

// The stretches of an item that was passed over are empty, so that those of the next begin where
// they do.
void close_skipped(forkmap_chunk& chunk, std::uint64_t before) noexcept {
  const ChunkHost& host = host_of(chunk);
  if (!host.result_layout->has_variable() || host.in_vector) return;
  std::uint64_t item = host.item;
  std::uint32_t column = host.next_column;
  if (item == ChunkHost::kNoItem || columns_are_closed(chunk)) {
    item = item == ChunkHost::kNoItem ? chunk.first : item + 1;
    column = 0;
  }
  for (; item < before; ++item, column = 0) {
    for (; column < chunk.result_count; ++column) {
      if (chunk.results[column].ends != nullptr) {
        chunk.results[column].ends[item] = chunk.bytes_used;
      }
    }
    note_without_result(chunk, item);
  }
}

// What the run entry has left behind it of items before `end`.
void mend_statuses(forkmap_chunk& chunk, std::uint64_t end) noexcept {
  constexpr std::uint64_t kAllValues = 0x0101010101010101U * FORKMAP_STATUS_VALUE;
  for (const std::uint64_t item : host_of(chunk).without_result) {
    if (item < end && chunk.status[item] == FORKMAP_STATUS_VALUE) chunk.status[item] = kNoResult;
  }
  for (std::uint64_t item = chunk.first; item < end;) {
    std::uint64_t word = 0;
    if (end - item >= sizeof word) {
      std::memcpy(&word, chunk.status + item, sizeof word);
      if (word == kAllValues) {
        item += sizeof word;
        continue;
      }
    }
    unsigned char& status = chunk.status[item++];
    if (status == FORKMAP_STATUS_VALUE || is_failure(status)) continue;
    status = status == FORKMAP_STATUS_NONE ? kNoStatus : kStatusByHand;
  }
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
    close_skipped(chunk, item);
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
    close_skipped(chunk, item);
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
  host.next_column = chunk.result_count;
  chunk.status[item] = stored_status(status);
  const bool is_told = chunk.status[item] == kFailed;
  if (is_told && host.on_failure != nullptr) host.on_failure(host.failure_context, item);
  return true;
}

void note_misuse(forkmap_chunk& chunk, std::string text) noexcept {
  ChunkHost& host = host_of(chunk);
  if (host.misuse.empty()) host.misuse = std::move(text);
}

}  // namespace forkmap::types
