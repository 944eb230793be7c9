// SPDX-License-Identifier: Apache-2.0
//
// Runs one task in the worker: finds the function in this process's own registry, lays the columns
// out, runs the items, and leaves results in the result window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/lane/worker_lane.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/types/chunk_services.hpp"
#include "core/worker/print_marks.hpp"

namespace forkmap::pool {

struct WorkerContext {
  const plugin::RegistryTable* table = nullptr;
  const types::Parameters* parameters = nullptr;
  std::uint64_t seed = 0;
  std::byte* arena = nullptr;
};

class TaskRunner {
 public:
  // `marks` outlives it.
  TaskRunner(const WorkerContext& context, lane::LaneView view, const types::Floats& floats,
             PrintMarks& marks);

  // Fills everything of the claimed result cell but its state.
  void run(const lane::WorkerLane::Claim& claim);

 private:
  struct Layouts {
    const plugin::FunctionEntry* entry = nullptr;
    std::uint32_t input_capacity = 0;
    std::uint32_t count = 0;
    bool text = false;
    types::ColumnLayout inputs;     // of the cell: the arguments, or one column of lines
    types::ColumnLayout arguments;  // of a text task: what the lines are parsed into
    types::ColumnLayout results;
    forkmap_chunk chunk{};  // of such a task, but for its places, turn and indices; only copied
  };
  WorkerContext context_;
  lane::LaneView view_;
  PrintMarks& marks_;
  Layouts layouts_;                   // of the last task; most tasks are like the one before
  types::ChunkHost host_;             // of the task that runs
  std::vector<std::byte> arguments_;  // text tasks: parsed rows, private to the worker
  bool lets_host_finish_ = false;     // it has had text tasks

  [[nodiscard]] const plugin::FunctionEntry* find(std::uint32_t function) const noexcept;
  void lay_out(const plugin::FunctionEntry& entry, const lane::InputCell& task);
  [[nodiscard]] int run_columns(forkmap_chunk& chunk);
  [[nodiscard]] int run_text(forkmap_chunk& chunk, const lane::InputCell& task,
                             const std::byte* inputs);
  void write_text(const lane::InputCell& task, lane::ResultCell& cell, const forkmap_chunk& chunk,
                  std::byte* result_head, std::uint64_t window_bytes);
};

}  // namespace forkmap::pool
