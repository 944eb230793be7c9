// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "core/base/check.hpp"
#include "core/types/caught_exception.hpp"
#include "core/types/chunk_services.hpp"
#include "core/types/item_results.hpp"
#include "core/types/run_vector.hpp"

namespace forkmap::types {

namespace {

std::uint32_t all_columns(const forkmap_chunk& chunk) noexcept {
  return (std::uint32_t{1} << chunk.result_count) - 1;
}

std::string unset_column_text(std::uint32_t columns_set) {
  std::uint32_t column = 0;
  while ((columns_set >> column & 1u) != 0) ++column;
  return "result column " + std::to_string(column) + " was not set";
}

// What the function did, if its item cannot be a value and has no text of its own yet.
std::optional<std::string> fault_of(const forkmap_call& call, int returned, const ChunkHost& host) {
  if (!host.misuse.empty()) return host.misuse;
  if (call.state == FORKMAP_CALL_FAILED) return std::nullopt;
  if (returned != 0) {
    return "the function returned " + std::to_string(returned) + " and gave no reason";
  }
  if (call.columns_set != all_columns(*call.chunk)) return unset_column_text(call.columns_set);
  return std::nullopt;
}

// False: window full. A forced unwinding carries no object, to which its handler binds a reference:
// the check of "null" is off.
__attribute__((no_sanitize("null"), noinline)) bool run_item(forkmap_chunk& chunk,
                                                             std::uint64_t item) {
  ChunkHost& host = host_of(chunk);
  begin_item(chunk, item);
  forkmap_call call{chunk_table(), &chunk, item, 0, 0};
  std::optional<std::string> fault;
  host.floats.item.enter();
  try {
    fault = fault_of(call, chunk.function->call(&call), host);
  } catch (...) {
    if (caught_forced_unwind()) throw;
    if (call.state == 0) fault = caught_exception_text();
  }
  if (host.window_full) return false;
  if (fault) {
    host.misuse.clear();
    if (!fail_item(chunk, item, FORKMAP_STATUS_FUNCTION_ERROR, *fault)) return false;
  } else if (call.state == 0) {
    chunk.status[item] = FORKMAP_STATUS_VALUE;
  }
  forkmap_set_progress(&chunk, item + 1);
  return true;
}

int run_calls(forkmap_chunk& chunk) {
  for (std::uint64_t item = chunk.first; item < chunk.count; ++item) {
    if (!run_item(chunk, item)) return FORKMAP_RUN_WINDOW_FULL;
  }
  return FORKMAP_RUN_COMPLETE;
}

std::uint64_t items_complete(const forkmap_chunk& chunk) noexcept {
  // Written by this very thread.
  const std::uint64_t word = __atomic_load_n(chunk.progress, __ATOMIC_RELAXED);
  if (word >> 32 != chunk.turn) return chunk.first;
  return std::clamp(word & 0xffffffffu, chunk.first, chunk.count);
}

// One call of the run entry. A fault is the one of the item that progress names. "null" as above.
__attribute__((no_sanitize("null"), noinline)) int run_entry(forkmap_chunk& chunk,
                                                             std::optional<std::string>& fault) {
  ChunkHost& host = host_of(chunk);
  int returned = FORKMAP_RUN_COMPLETE;
  try {
    returned = chunk.function->run(chunk.function->context, &chunk);
  } catch (...) {
    if (caught_forced_unwind()) throw;
    fault = caught_exception_text();
  }
  if (host.window_full) return FORKMAP_RUN_WINDOW_FULL;
  if (!host.misuse.empty()) {
    fault = host.misuse;
  } else if (!fault && returned == FORKMAP_RUN_COMPLETE && items_complete(chunk) < chunk.count) {
    fault = "the function's run entry ended before this item and said that all are complete";
  } else if (!fault && returned != FORKMAP_RUN_COMPLETE && returned != FORKMAP_RUN_WINDOW_FULL &&
             returned != FORKMAP_RUN_REFUSED) {
    fault = "the function's run entry returned " + std::to_string(returned);
  }
  return returned;
}

// Calls the run entry again behind each item that it leaves with a fault.
int run_entries(forkmap_chunk& chunk) {
  ChunkHost& host = host_of(chunk);
  const std::uint64_t first = chunk.first;
  // What stood there from another task is no status. A call would cost as much as a short item.
  if (chunk.count - first == 1) {
    chunk.status[first] = FORKMAP_STATUS_NONE;
  } else {
    std::memset(chunk.status + first, FORKMAP_STATUS_NONE, chunk.count - first);
  }
  int returned = FORKMAP_RUN_COMPLETE;
  while (chunk.first < chunk.count) {
    std::optional<std::string> fault;
    if (chunk.first != first) host.floats.item.enter();  // it has left what it liked
    returned = run_entry(chunk, fault);
    const std::uint64_t complete = host.window_full ? host.item : items_complete(chunk);
    if (host.item == complete) drop_item(chunk);
    if (host.item == ChunkHost::kNoItem || host.item < complete) close_skipped(chunk, complete);
    mend_statuses(chunk, complete);
    if (!fault || complete >= chunk.count) break;
    returned = FORKMAP_RUN_WINDOW_FULL;
    if (!settle_item(chunk, complete, FORKMAP_STATUS_FUNCTION_ERROR, *fault)) break;
    returned = FORKMAP_RUN_COMPLETE;
    chunk.first = complete + 1;
  }
  chunk.first = first;
  return returned;
}

void return_to_own_floats(ChunkHost& host) noexcept {
  const auto now = Floats::Environment::current();
  if (!host.floats.item.is_like(now)) host.left_floats = true;
  host.floats.own.enter_from(now);
}

}  // namespace

int run_chunk(forkmap_chunk& chunk) {
  FORKMAP_CHECK(chunk.function != nullptr && chunk.host != nullptr);
  FORKMAP_CHECK(host_of(chunk).errors != nullptr && chunk.result_count <= FORKMAP_MAX_COLUMNS);
  const forkmap_function& function = *chunk.function;
  if (function.run == nullptr && function.call == nullptr && function.run_vector == nullptr) {
    return FORKMAP_RUN_REFUSED;
  }
  begin_run(chunk);
  forkmap_set_progress(&chunk, chunk.first);
  if (function.run_vector != nullptr) {
    const int returned = run_vectors(chunk);
    return_to_own_floats(host_of(chunk));
    begin_run(chunk);
    return returned;
  }
  host_of(chunk).floats.item.enter_from(host_of(chunk).floats.own);
  const int returned = function.run != nullptr ? run_entries(chunk) : run_calls(chunk);
  return_to_own_floats(host_of(chunk));
  // A run entry may have gone on behind the item that did not fit.
  if (host_of(chunk).window_full) forkmap_set_progress(&chunk, host_of(chunk).item);
  begin_run(chunk);
  return returned;
}

}  // namespace forkmap::types
