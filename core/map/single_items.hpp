// SPDX-License-Identifier: Apache-2.0
//
// Layouts of tasks of one item, which are computed once a function and not once a task.
#pragma once

#include <cstdint>
#include <span>

#include "core/types/column_layout.hpp"

namespace forkmap::pool {

// Results of so many consecutive single items are gathered into one batch; a lane's worth.
inline constexpr std::uint32_t kStripItems = 64;

// What an item, and its result, may take to travel inside a cell.
struct CellRoom {
  std::uint64_t input_bytes = 0;
  std::uint64_t result_bytes = 0;
};

struct SingleItemLayouts {
  SingleItemLayouts(std::span<const types::Type> arguments, std::span<const types::Type> returned,
                    CellRoom cell)
      : room(cell),
        inputs(types::layout_columns(types::Part::inputs, arguments, 1)),
        results(types::layout_columns(types::Part::results, returned, 1)),
        strip(types::layout_columns(types::Part::results, returned, kStripItems)) {}

  CellRoom room;
  types::ColumnLayout inputs;
  types::ColumnLayout results;
  types::ColumnLayout strip;

  // The item travels inside the cell; so does its result.
  [[nodiscard]] bool inputs_fit_cell() const noexcept {
    return !inputs.has_variable() && inputs.head_bytes <= room.input_bytes;
  }
  [[nodiscard]] bool results_fit_cell() const noexcept {
    return !results.has_variable() && results.head_bytes <= room.result_bytes;
  }
};

}  // namespace forkmap::pool
