// SPDX-License-Identifier: Apache-2.0
//
// A chunk on private memory, laid out as in a lane, with guards behind every part that may be
// written.
#pragma once

#include <forkmap/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/chunk_services.hpp"
#include "core/types/column_layout.hpp"
#include "core/types/item_status.hpp"
#include "core/types/signature.hpp"

namespace forkmap::types {

// A stretch of memory that begins at a multiple of 64. Reads and writes outside of it are seen by
// the address sanitizer; writes right behind it by is_intact() too.
class Stretch {
 public:
  explicit Stretch(std::uint64_t size_bytes);
  [[nodiscard]] std::byte* base() const noexcept { return memory_.get(); }
  [[nodiscard]] bool is_intact() const noexcept;

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  std::uint64_t size_bytes_;
  std::unique_ptr<std::byte, Free> memory_;
};

class ChunkOnBuffer {
 public:
  // Items are lines of text, columns separated by '|' (arrays by ','); results have
  // `result_bytes` bytes of room for variable values and error texts.
  ChunkOnBuffer(std::string_view signature, const std::vector<std::string>& lines,
                std::uint64_t result_bytes = 65536);

  forkmap_chunk chunk{};
  forkmap_function function{};
  ChunkHost host;
  Parameters parameters{Parameters::Values{}};

  [[nodiscard]] int run() { return run_chunk(chunk); }
  int run(int (*call)(forkmap_call*));
  int run(int (*entry)(void*, forkmap_chunk*), void* context = nullptr);

  [[nodiscard]] std::uint64_t complete() const noexcept;  // items, from the progress word
  // In the numbers of plugin.h.
  [[nodiscard]] unsigned status(std::uint64_t item) const noexcept {
    return reported_status(chunk.status[item]);
  }
  [[nodiscard]] std::string error(std::uint64_t item) const;
  // The item's results as format_row() writes them, raw; for an item that has a value.
  [[nodiscard]] std::string row(std::uint64_t item) const;
  [[nodiscard]] std::vector<std::string> rows() const;  // "!" and the text for an error
  // Every end of a complete item lies between its predecessor's and the fill, errors too.
  [[nodiscard]] bool is_sound() const;

 private:
  Signature signature_;
  ColumnLayout argument_layout_;
  ColumnLayout result_layout_;
  Stretch arguments_;
  Stretch results_;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> argument_columns_{};
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> result_columns_{};
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> readable_columns_{};
  alignas(64) std::uint64_t progress_ = 0;
};

}  // namespace forkmap::types
