// SPDX-License-Identifier: Apache-2.0
//
// The results of the item that is running: room in the bytes area, failure, and what it has done
// wrong. Used by the table of chunk_services and by run_chunk. All state is in the chunk's
// ChunkHost.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/types/chunk_services.hpp"

namespace forkmap::types {

[[nodiscard]] inline ChunkHost& host_of(const forkmap_chunk& chunk) noexcept {
  return *static_cast<ChunkHost*>(chunk.host);
}

// Forgets the item that ran last, and what became of it.
void begin_run(forkmap_chunk& chunk) noexcept;
void begin_item(forkmap_chunk& chunk, std::uint64_t item) noexcept;
// Whether the present item has all its variable results.
[[nodiscard]] bool columns_are_closed(const forkmap_chunk& chunk) noexcept;
// Items before this one that the run entry has passed over have no results.
void close_skipped(forkmap_chunk& chunk, std::uint64_t before) noexcept;
// After a run entry: each item from chunk.first to `end` is a value or a failure. A status that was
// left out, or an error's that was not reported, becomes one.
void mend_statuses(forkmap_chunk& chunk, std::uint64_t end) noexcept;
// Gives back what the present item has reserved.
void drop_item(forkmap_chunk& chunk) noexcept;

// forkmap_table::reserve. Null: window full, or misuse is set.
[[nodiscard]] void* reserve_result(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t column,
                                   std::uint64_t size_bytes) noexcept;
// forkmap_table::fail. False: window full.
[[nodiscard]] bool fail_item(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t status,
                             std::string_view text) noexcept;
// Notes a breach of the rules by the present item's function; the first one stays.
void note_misuse(forkmap_chunk& chunk, std::string text) noexcept;

}  // namespace forkmap::types
