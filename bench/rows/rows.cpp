// SPDX-License-Identifier: Apache-2.0
#include "bench/rows/rows.hpp"

namespace forkmap::bench {

RowDefinitions all_rows() {
  RowDefinitions all;
  for (const auto group :
       {round_trip_rows, small_item_rows, arena_rows, long_item_rows, payload_rows, text_rows,
        pool_life_rows, quiet_rows, size_sweep_rows, chunk_sweep_rows, rescue_rows}) {
    for (RowDefinition& row : group()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace forkmap::bench
