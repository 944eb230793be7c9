// SPDX-License-Identifier: Apache-2.0
#include "tests/pool/engine_team.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/catch.hpp"

namespace forkmap::testing {

ItemSource::Fill IntegerSource::fill(InputBlock& block, std::size_t limit) {
  auto* const values = static_cast<std::int64_t*>(block.columns[0].values);
  while (block.count < limit && next_ < end_) values[block.count++] = next_++;
  return next_ == end_ ? Fill::end : Fill::more;
}

std::uint64_t IntegerSource::skip_too_large() { throw std::logic_error("an integer always fits"); }

std::optional<std::uint64_t> IntegerSource::remaining() const {
  return static_cast<std::uint64_t>(end_ - next_);
}

ItemSource::Fill LineSource::fill(InputBlock& block, std::size_t limit) {
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

std::uint64_t LineSource::skip_too_large() { return lines_[next_++].size(); }

namespace {

std::string text_of(const ResultBatch& batch, std::uint32_t item) {
  if (batch.text_ends != nullptr) {
    const std::uint64_t begin = item == 0 ? 0 : batch.text_ends[item - 1];
    return {reinterpret_cast<const char*>(batch.text) + begin, batch.text_ends[item] - begin};
  }
  if (batch.columns.empty() || batch.columns[0].ends == nullptr) return {};
  const forkmap_column& column = batch.columns[0];
  return {reinterpret_cast<const char*>(column.bytes) + column.starts[item],
          column.ends[item] - column.starts[item]};
}

}  // namespace

bool read_some(pool::Map& map, Outcomes& outcomes) {
  ResultBatch batch;
  if (pool::Engine::next(map, batch, pool::Wait::block) == pool::Next::end) return false;
  auto error = batch.errors.begin();
  for (std::uint32_t item = 0; item < batch.count; ++item) {
    const std::uint64_t position = batch.first + item;
    if (position != outcomes.count) outcomes.in_order = false;
    ++outcomes.count;
    outcomes.pids[position] = batch.pid;
    bool is_new = false;
    if (batch.status[item] == FORKMAP_STATUS_VALUE) {
      is_new = outcomes.errors.count(position) == 0;
      if (!batch.columns.empty() && batch.columns[0].values != nullptr) {
        is_new =
            is_new &&
            outcomes.values
                .emplace(position, static_cast<const std::int64_t*>(batch.columns[0].values)[item])
                .second;
      }
      if (batch.text_ends != nullptr ||
          (!batch.columns.empty() && batch.columns[0].ends != nullptr)) {
        is_new = is_new && outcomes.texts.emplace(position, text_of(batch, item)).second;
      }
    } else {
      REQUIRE(error != batch.errors.end());
      is_new = outcomes.values.count(position) == 0 &&
               outcomes.errors.emplace(position, std::move(*error++)).second;
    }
    REQUIRE(is_new);
  }
  pool::Engine::recycle(map, std::move(batch));
  return true;
}

Outcomes read_all(pool::Map& map) {
  Outcomes outcomes;
  while (read_some(map, outcomes)) {
  }
  return outcomes;
}

std::string plugin_path(const std::string& name) {
  return std::string(FORKMAP_TEST_BUILD_DIR) + "/plugins/" + name + ".so";
}

std::string test_plugin_path(const std::string& name) {
  return std::string(FORKMAP_TEST_BUILD_DIR) + "/tests/plugins/" + name + ".so";
}

std::shared_ptr<pool::Map> open_integers(pool::Engine& engine, const Registry& registry,
                                         const std::string& function, std::int64_t first,
                                         std::int64_t count, MapOptions options) {
  pool::MapRequest request;
  request.function = &registry.table().resolve(function);
  request.source = std::make_unique<IntegerSource>(first, count);
  request.options = options;
  return engine.open(std::move(request));
}

Outcomes run_integers(pool::Engine& engine, const Registry& registry, const std::string& function,
                      std::int64_t first, std::int64_t count, MapOptions options) {
  return read_all(*open_integers(engine, registry, function, first, count, options));
}

}  // namespace forkmap::testing
