// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/map/ledger.hpp"

namespace forkmap::testing {

// What has come of one map of lines.
struct ReadMap {
  std::shared_ptr<pool::Map> map;
  std::vector<std::string> lines;
  std::uint64_t read = 0;  // outcomes
  std::map<std::uint64_t, std::string> texts;
  std::map<std::uint64_t, ItemError> errors;
  std::map<std::uint64_t, std::uint32_t> nodes;

  // Takes what is there: in the order of the items, and so each once.
  void read_from(pool::Ledger& ledger);
};

// A map of lines whose results are printed.
[[nodiscard]] pool::MapRequest request_of(const plugin::FunctionEntry& function,
                                          std::vector<std::string> lines);

}  // namespace forkmap::testing
