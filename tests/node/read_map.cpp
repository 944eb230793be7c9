// SPDX-License-Identifier: Apache-2.0
#include "tests/node/read_map.hpp"

#include <cstring>

#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

class Lines final : public ItemSource {
 public:
  explicit Lines(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    while (block.count < limit && next_ < lines_.size() && block.bytes_used <= block.bytes_aim) {
      const std::string& line = lines_[next_];
      if (line.size() > block.bytes_capacity - block.bytes_used) return Fill::full;
      std::memcpy(block.bytes + block.bytes_used, line.data(), line.size());
      block.bytes_used += line.size();
      block.columns[0].ends[block.count++] = block.bytes_used;
      ++next_;
    }
    return next_ == lines_.size() ? Fill::end : Fill::more;
  }
  std::uint64_t skip_too_large() override { return lines_[next_++].size(); }

 private:
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
};

// Where its worker has died, the items before have columns only.
std::string line_of(const pool::Map& map, const ResultBatch& batch, std::uint32_t item) {
  std::string line;
  if (batch.text_ends != nullptr) {
    const std::uint64_t begin = item == 0 ? 0 : batch.text_ends[item - 1];
    line.assign(reinterpret_cast<const char*>(batch.text) + begin, batch.text_ends[item] - begin);
  } else {
    const auto layout =
        types::layout_columns(types::Part::results, map.function().signature.results, batch.count);
    types::format_row(layout, batch.columns.data(), item, *map.request().text, line);
    line += map.request().text->terminator;
  }
  return line;
}

}  // namespace

pool::MapRequest request_of(const plugin::FunctionEntry& function, std::vector<std::string> lines) {
  pool::MapRequest request;
  request.function = &function;
  request.source = std::make_unique<Lines>(std::move(lines));
  request.text = types::TextRules{};
  request.text_results = pool::TextResults::lines;
  return request;
}

void ReadMap::read_from(pool::Ledger& ledger) {
  while (map->results().has_batch()) {
    ResultBatch batch = map->results().take_batch();
    ledger.note_read(*map, batch);
    REQUIRE(batch.first == read);
    auto error = batch.errors.begin();
    for (std::uint32_t item = 0; item < batch.count; ++item, ++read) {
      if (batch.status[item] == FORKMAP_STATUS_VALUE) {
        texts[read] = line_of(*map, batch, item);
      } else {
        REQUIRE(error != batch.errors.end());
        REQUIRE(error->index == read * map->request().index_stride);
        errors[read] = std::move(*error++);
      }
      nodes[read] = batch.node;
    }
    ledger.memory().take_back(std::move(batch));
  }
}

}  // namespace forkmap::testing
