// SPDX-License-Identifier: Apache-2.0
//
// The host's side of the plugin interface: the table of C functions behind every chunk, call and
// hook, and the loop for functions that are called once an item. Runs in the process that runs the
// function (a worker; the zygote for preload; the host for serial calls).
#pragma once

#include <forkmap/plugin.h>

#include <map>
#include <string>
#include <string_view>

#include "core/types/column_layout.hpp"

namespace forkmap::types {

// What the `host` pointer of a chunk or hook points to. Must outlive every use of that chunk or hook.
struct RunEnvironment {
  const std::map<std::string, std::string, std::less<>>* parameters = nullptr;
};
struct ChunkHost : RunEnvironment {
  const ColumnLayout* result_layout = nullptr;
  std::byte* result_head = nullptr;  // base that the offsets of status and columns count from
  ErrorPlace* errors = nullptr;      // [capacity]
  std::uint64_t reserve_for_error_bytes = FORKMAP_MAX_MESSAGE_BYTES;
  // Fill of the bytes area when the present item began; what a failing item has reserved is dropped.
  std::uint64_t item_start_bytes = 0;
  std::uint64_t item = ~std::uint64_t{0};
};
struct HookHost : RunEnvironment {
  std::string message;
};

[[nodiscard]] const forkmap_table* chunk_table() noexcept;

// Runs items [chunk.first, chunk.count) of chunk.function: its `run` entry, or its `call` entry item
// by item. Returns what a run entry returns. Never throws.
[[nodiscard]] int run_chunk(forkmap_chunk& chunk) noexcept;

// Makes `status` the outcome of one item, with a text, and moves progress past it.
void settle_item(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t status,
                 std::string_view text);

}  // namespace forkmap::types
