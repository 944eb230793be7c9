// SPDX-License-Identifier: Apache-2.0
#include "core/types/run_vector.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/types/caught_exception.hpp"
#include "core/types/item_results.hpp"

namespace forkmap::types {

namespace {

enum class Outcome : std::uint8_t {
  complete,
  window_full,
  failed,
  refused,
  tainted  // an item of several has changed how those behind it computed
};

// The call's own text comes first: it is nearer to the cause.
void note_failure(forkmap_chunk& chunk, const std::string& text) {
  ChunkHost& host = host_of(chunk);
  if (!host.failure) host.failure = text;
}

// Whether each item of the call has all its variable results.
bool variable_results_are_whole(const forkmap_chunk& chunk) noexcept {
  const ChunkHost& host = host_of(chunk);
  return !host.result_layout->has_variable() ||
         (host.item + 1 == chunk.count && columns_are_closed(chunk));
}

Outcome judge(forkmap_chunk& chunk, int returned) {
  ChunkHost& host = host_of(chunk);
  if (host.window_full) return Outcome::window_full;
  if (!host.misuse.empty()) {
    note_failure(chunk, host.misuse);
  } else if (returned == FORKMAP_RUN_REFUSED) {
    return Outcome::refused;
  } else if (returned != FORKMAP_RUN_COMPLETE) {
    note_failure(chunk, "the function's run_vector entry returned " + std::to_string(returned) +
                            " and gave no reason");
  } else if (!host.failure && !variable_results_are_whole(chunk)) {
    note_failure(chunk, "the function did not set the variable results of all items");
  }
  return host.failure ? Outcome::failed : Outcome::complete;
}

// One call, for items [chunk.first, chunk.count). Unless it is complete it leaves nothing in the
// bytes area. A forced unwinding carries no object, to which its handler binds a reference: the
// check of "null" is off.
__attribute__((no_sanitize("null"), noinline)) Outcome call(forkmap_chunk& chunk) {
  ChunkHost& host = host_of(chunk);
  const std::uint64_t bytes_before = chunk.bytes_used;
  begin_run(chunk);
  host.in_vector = true;
  int returned = FORKMAP_RUN_FAILED;
  host.floats.item.enter();
  try {
    returned = chunk.function->run_vector(chunk.function->context, &chunk);
  } catch (...) {
    if (caught_forced_unwind()) throw;
    note_failure(chunk, caught_exception_text());
  }
  host.in_vector = false;
  Outcome outcome = judge(chunk, returned);
  if (!host.floats.item.is_current()) {
    host.left_floats = true;
    // Results must not depend on the items beside, so each is computed alone.
    if (outcome == Outcome::complete && chunk.count - chunk.first > 1) outcome = Outcome::tainted;
  }
  if (outcome != Outcome::complete) chunk.bytes_used = bytes_before;
  return outcome;
}

// The outcome of a call becomes that of its items; all of them are values.
void settle_values(forkmap_chunk& chunk, bool is_whole_task) noexcept {
  ChunkHost& host = host_of(chunk);
  if (host.may_skip_status && is_whole_task) {
    host.all_values = true;
    return;
  }
  std::memset(chunk.status + chunk.first, FORKMAP_STATUS_VALUE, chunk.count - chunk.first);
  forkmap_set_progress(&chunk, chunk.count);
}

// A call for one item failed. False: there is no room for its text.
bool settle_failure(forkmap_chunk& chunk) {
  const std::string text = std::move(*host_of(chunk).failure);
  return settle_item(chunk, chunk.first, FORKMAP_STATUS_FUNCTION_ERROR, text);
}

}  // namespace

int run_vectors(forkmap_chunk& chunk) {
  ChunkHost& host = host_of(chunk);
  const std::uint64_t first = chunk.first;
  const std::uint64_t count = chunk.count;
  std::uint64_t most = host.item_by_item ? 1 : count - first;  // items of the next call
  bool is_cut = false;  // the window has no room for all: what fits is run, the rest is sent again
  int returned = FORKMAP_RUN_COMPLETE;
  while (chunk.first < count) {
    chunk.count = std::min(count, chunk.first + most);
    const std::uint64_t items = chunk.count - chunk.first;
    const Outcome outcome = call(chunk);
    if (outcome == Outcome::complete) {
      settle_values(chunk, items == count && !host.item_by_item);
    } else if (outcome == Outcome::refused) {
      returned = FORKMAP_RUN_REFUSED;
      break;
    } else if (items > 1) {
      is_cut = is_cut || outcome == Outcome::window_full;
      most = outcome == Outcome::window_full ? items / 2 : 1;
      continue;
    } else if (outcome == Outcome::window_full || !settle_failure(chunk)) {
      returned = FORKMAP_RUN_WINDOW_FULL;
      break;
    }
    chunk.first = chunk.count;
    if (is_cut && chunk.first < count) {
      returned = FORKMAP_RUN_WINDOW_FULL;
      break;
    }
  }
  chunk.first = first;
  chunk.count = count;
  return returned;
}

}  // namespace forkmap::types
