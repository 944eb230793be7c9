// SPDX-License-Identifier: Apache-2.0
//
// Functions and sources for this process as a site.
#pragma once

#include <forkmap/registry.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/map/map_request.hpp"

namespace forkmap::testing {

// Lines. At "pause" it has nothing at hand for one call, at "throw" it throws.
class Lines final : public ItemSource {
 public:
  explicit Lines(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    if (next_ == lines_.size()) return Fill::end;
    if (lines_[next_] == "pause") {
      ++next_;
      return Fill::pause;
    }
    if (lines_[next_] == "throw") throw std::runtime_error("no more lines");
    if (limit == 0 || block.bytes_capacity < lines_[next_].size()) return Fill::full;
    for (const char letter : lines_[next_]) {
      block.bytes[block.bytes_used++] = static_cast<unsigned char>(letter);
    }
    block.columns[0].ends[block.count++] = block.bytes_used;
    ++next_;
    return Fill::more;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
};

class SerialCase {
 public:
  SerialCase() {
    registry.add("square", [this](std::int64_t x) {
      ++calls;
      if (x < 0) throw std::runtime_error("negative");
      return x * x;
    });
    registry.add("echo", [](std::string_view text) { return std::string(text); });
    registry.prepare_serial();
  }

  [[nodiscard]] pool::MapRequest request(const std::string& function,
                                         std::unique_ptr<ItemSource> source) {
    pool::MapRequest made;
    made.function = &registry.table().resolve(function);
    made.source = std::move(source);
    return made;
  }
  [[nodiscard]] pool::MapRequest lines(const std::string& function,
                                       std::vector<std::string> lines) {
    pool::MapRequest made = request(function, std::make_unique<Lines>(std::move(lines)));
    made.text.emplace();
    return made;
  }

  Registry registry;
  int calls = 0;
};

inline std::string text_of(const ResultBatch& batch) {
  const forkmap_column& column = batch.columns.at(0);
  return {reinterpret_cast<const char*>(column.bytes) + column.starts[0],
          column.ends[0] - column.starts[0]};
}

}  // namespace forkmap::testing
