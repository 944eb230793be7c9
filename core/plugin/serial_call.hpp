// SPDX-License-Identifier: Apache-2.0
//
// A run of items for one function in this process: the serial map. Same columns, same code of the
// plugin, same outcomes as in a worker, but no isolation: a crash is a crash of this process.
//
// Fill inputs() (or the columns at input_base() by types::parse_row), run(), read the outcomes,
// clear().
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include <forkmap/item_source.hpp>

#include "core/plugin/registry_table.hpp"
#include "core/plugin/result_memory.hpp"
#include "core/plugin/serial_session.hpp"
#include "core/types/chunk_services.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::plugin {

class SerialCall {
 public:
  // Room for `capacity_items` rows whose variable values take `input_bytes`. Throws NotPrepared.
  SerialCall(const SerialSession& session, const FunctionEntry& function,
             std::uint64_t capacity_items, std::uint64_t input_bytes);

  // Rows are appended here; inputs().count rows are run.
  [[nodiscard]] InputBlock& inputs() noexcept { return inputs_; }
  [[nodiscard]] const types::ColumnLayout& input_layout() const noexcept { return input_layout_; }
  [[nodiscard]] std::byte* input_base() noexcept { return input_memory_.get(); }

  // Runs all rows. Row i has the index first_index + i * index_stride in the whole input. Each row
  // then has a status and its results or a message; none is skipped. Throws nothing of its own.
  void run(std::uint64_t first_index = 0, std::uint64_t index_stride = 1);

  [[nodiscard]] std::uint32_t status(std::uint64_t row) const noexcept;  // FORKMAP_STATUS_...
  [[nodiscard]] ErrorKind error_kind(std::uint64_t row) const noexcept;  // of a row that failed
  [[nodiscard]] std::string_view message(std::uint64_t row) const;       // of a row that failed
  [[nodiscard]] std::span<const forkmap_column> results() const noexcept {
    return {readable_.data(), result_layout_.column_count};
  }
  [[nodiscard]] const types::ColumnLayout& result_layout() const noexcept { return result_layout_; }

  void clear() noexcept;  // no rows, for the next ones

 private:
  // Makes room for a result of `needed_bytes`, or settles the row that has none.
  void make_room(forkmap_chunk& chunk, std::uint64_t row);
  [[nodiscard]] std::uint8_t stored_status(std::uint64_t row) const noexcept;
  void point_into_memory(forkmap_chunk& chunk);
  void settle(forkmap_chunk& chunk, std::uint64_t row, std::uint32_t status, std::string_view text);

  const SerialSession* session_;
  const FunctionEntry* function_;
  types::ColumnLayout input_layout_;
  types::ColumnLayout result_layout_;
  std::unique_ptr<std::byte[]> input_memory_;
  ResultMemory result_memory_;
  InputBlock inputs_;
  types::ChunkHost host_;
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> input_columns_{};
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> arguments_{};
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> results_{};
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> readable_{};
};

}  // namespace forkmap::plugin
