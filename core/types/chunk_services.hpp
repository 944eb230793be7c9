// SPDX-License-Identifier: Apache-2.0
//
// The host's side of the plugin interface: the table of C functions behind every chunk, call and
// hook, and the loop for functions that are called once an item. Runs in the process that runs the
// function (a worker; the zygote for preload; the host for serial calls).
#pragma once

#include <forkmap/plugin.h>

#include <forkmap/float_environment.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/types/column_layout.hpp"
#include "core/types/parameters.hpp"

namespace forkmap::types {

// What the `host` pointer of a chunk or hook points to. Must outlive every use of that chunk or
// hook.
struct RunEnvironment {
  const Parameters* parameters = nullptr;
};

// Floating-point environments of a process that runs functions.
struct Floats {
  using Environment = forkmap::detail::FloatEnvironment;
  Environment own = Environment::current();  // of forkmap's arithmetic
  Environment item = own;                    // that each item begins with
};

// Puts the environment back that there was, however foreign code in its scope ends.
class FloatsKept {
 public:
  FloatsKept() = default;
  FloatsKept(const FloatsKept&) = delete;
  FloatsKept& operator=(const FloatsKept&) = delete;
  ~FloatsKept() { before_.enter(); }

 private:
  Floats::Environment before_ = Floats::Environment::current();
};

struct ChunkHost : RunEnvironment {
  // Set by the maker of the chunk.
  Floats floats;
  const ColumnLayout* result_layout = nullptr;
  ErrorPlace* errors = nullptr;  // [capacity]
  // Of vectorized functions. A task in one call whose items are all values: all_values then says
  // so, and neither status nor progress are stored.
  bool item_by_item = false;     // each item in a call of its own
  bool may_skip_status = false;  // whoever made the chunk looks at all_values
  // Told of each item that becomes a FunctionError, before its outcome can be seen; null: nobody.
  void (*on_failure)(void* context, std::uint64_t item) = nullptr;
  void* failure_context = nullptr;
  // Kept free of variable results, so that the present item can always fail with a text.
  std::uint64_t reserve_for_error_bytes = FORKMAP_MAX_MESSAGE_BYTES;

  // Kept by the services; run_chunk() and settle_item() begin them afresh.
  static constexpr std::uint64_t kNoItem = ~std::uint64_t{0};
  std::uint64_t item = kNoItem;        // the item whose results are being written
  std::uint64_t item_start_bytes = 0;  // fill of the bytes area when it began
  std::uint32_t next_column = 0;       // columns before this one are settled
  bool window_full = false;            // `item` was refused; nothing more is taken
  std::string misuse;      // first breach of plugin.h by this item's function; becomes its error
  bool in_vector = false;  // inside a run_vector entry
  std::optional<std::string> failure;         // text of a run_vector call that failed
  bool all_values = false;                    // see may_skip_status
  std::vector<std::uint64_t> without_result;  // items that a run entry has passed over
  bool left_floats = false;  // set by run_chunk(): the function left another environment behind
};

struct HookHost : RunEnvironment {
  std::string message;
};

// Serves chunks whose `host` is a ChunkHost, and hooks whose `host` is a HookHost.
[[nodiscard]] const forkmap_table* chunk_table() noexcept;

// Runs items [chunk.first, chunk.count) of chunk.function: its `run` entry, its `run_vector` entry,
// or its `call` entry item by item. Whatever the function does wrong (an exception, a result that
// was not set, a run entry that stops early) becomes a FunctionError of the item that progress
// names; the next ones then run.
//   FORKMAP_RUN_COMPLETE     each item has its status, progress says count
//   FORKMAP_RUN_WINDOW_FULL  progress says how many items are complete; the next one has left
//   nothing
//                            in the bytes area, and needs chunk.needed_bytes of it
//   FORKMAP_RUN_REFUSED      the record has no entry; or what the run entry said with this result
// Each item that forkmap calls alone, and each call of an entry, begins in host.floats.item; this
// function begins and returns in host.floats.own.
// Throws nothing. The forced unwinding of pthread_exit passes through: the caller is not noexcept.
[[nodiscard]] int run_chunk(forkmap_chunk& chunk);

// Makes `status` (of plugin.h, or kUnparsed) the outcome of one item, with a text, and moves
// progress past it. False: the bytes area has no room for the text and nothing was done (window
// full, as above). In an empty bytes area of FORKMAP_MAX_MESSAGE_BYTES there is always room. Items
// are settled in ascending order.
[[nodiscard]] bool settle_item(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t status,
                               std::string_view text) noexcept;

}  // namespace forkmap::types
