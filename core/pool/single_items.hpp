// SPDX-License-Identifier: Apache-2.0
//
// Layouts of tasks of one item, which are computed once a function and not once a task.
#pragma once

#include <cstdint>
#include <span>

#include "core/lane/lane_memory.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

// Results of so many consecutive single items are gathered into one batch; a lane's worth.
inline constexpr std::uint32_t kStripItems = 64;

struct SingleItemLayouts {
  SingleItemLayouts(std::span<const types::Type> arguments, std::span<const types::Type> returned)
      : inputs(types::layout_columns(types::Part::inputs, arguments, 1)),
        results(types::layout_columns(types::Part::results, returned, 1)),
        strip(types::layout_columns(types::Part::results, returned, kStripItems)) {}

  types::ColumnLayout inputs;
  types::ColumnLayout results;
  types::ColumnLayout strip;

  // The item travels inside the cell; so does its result.
  [[nodiscard]] bool inputs_fit_cell() const noexcept {
    return !inputs.has_variable() && inputs.head_bytes <= lane::kInputPayloadBytes;
  }
  [[nodiscard]] bool results_fit_cell() const noexcept {
    return !results.has_variable() && results.head_bytes <= lane::kResultPayloadBytes;
  }
};

}  // namespace forkmap::pool
