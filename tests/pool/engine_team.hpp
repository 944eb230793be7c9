// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the untyped engine share: a registry with test plugins, sources of integers and
// lines, and a reader that keeps every outcome and checks the oracle (each position once).
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>
#include <forkmap/registry.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/pool/engine.hpp"

namespace forkmap::testing {

// Gives the integers `first` .. `first + count - 1` to a function of one i64.
class IntegerSource : public ItemSource {
 public:
  IntegerSource(std::int64_t first, std::int64_t count) : next_(first), end_(first + count) {}
  Fill fill(InputBlock& block, std::size_t limit) override;
  std::uint64_t skip_too_large() override;
  [[nodiscard]] std::optional<std::uint64_t> remaining() const override;

 private:
  std::int64_t next_;
  std::int64_t end_;
};

// Gives lines (or values of a str or bytes argument).
class LineSource : public ItemSource {
 public:
  explicit LineSource(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  Fill fill(InputBlock& block, std::size_t limit) override;
  std::uint64_t skip_too_large() override;

 private:
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
};

struct Outcomes {
  std::map<std::uint64_t, std::int64_t> values;  // by position; functions with an i64 result
  std::map<std::uint64_t, std::string> texts;    // str results, or lines of text tasks
  std::map<std::uint64_t, ItemError> errors;
  std::map<std::uint64_t, pid_t> pids;
  bool in_order = true;
  std::uint64_t count = 0;
};

// Reads a map to its end. Fails the test if a position comes twice.
Outcomes read_all(pool::Map& map);
// One step of reading; false at the end.
bool read_some(pool::Map& map, Outcomes& outcomes);

std::string plugin_path(const std::string& name);       // of plugins/
std::string test_plugin_path(const std::string& name);  // of tests/plugins/

std::shared_ptr<pool::Map> open_integers(pool::Engine& engine, const Registry& registry,
                                         const std::string& function, std::int64_t first,
                                         std::int64_t count, MapOptions options = {});
// Opens such a map, and reads it to its end.
Outcomes run_integers(pool::Engine& engine, const Registry& registry, const std::string& function,
                      std::int64_t first, std::int64_t count, MapOptions options = {});

}  // namespace forkmap::testing
