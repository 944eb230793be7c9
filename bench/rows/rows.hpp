// SPDX-License-Identifier: Apache-2.0
//
// The rows of the bench, in the order of the report. One file for each group.
#pragma once

#include "bench/run/plan.hpp"

namespace forkmap::bench {

[[nodiscard]] RowDefinitions round_trip_rows();   // one item there and back
[[nodiscard]] RowDefinitions small_item_rows();   // millions of numbers
[[nodiscard]] RowDefinitions arena_rows();        // arrays in shared memory
[[nodiscard]] RowDefinitions long_item_rows();    // items of a millisecond and more
[[nodiscard]] RowDefinitions payload_rows();      // bytes there and back
[[nodiscard]] RowDefinitions text_rows();         // lines, file to file
[[nodiscard]] RowDefinitions pool_life_rows();    // making, ending, replacing
[[nodiscard]] RowDefinitions quiet_rows();        // what must not be used
[[nodiscard]] RowDefinitions size_sweep_rows();   // numbers of items, of bytes, of workers
[[nodiscard]] RowDefinitions chunk_sweep_rows();  // automatic chunks, items of any cost
[[nodiscard]] RowDefinitions rescue_rows();       // over all rows before

[[nodiscard]] RowDefinitions all_rows();

}  // namespace forkmap::bench
