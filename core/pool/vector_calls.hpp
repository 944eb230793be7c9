// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/map/ledger.hpp"
#include "core/pool/settings.hpp"

namespace forkmap::pool {

// Vectorized functions: which are called for each item alone.
class VectorCalls {
 public:
  VectorCalls(const Settings& settings, const Ledger& ledger)
      : settings_(settings), ledger_(ledger) {}

  // A call of many items may be repeated for some of them; that is excluded by once. And a function
  // that has shown that it kills workers is not given many any more.
  [[nodiscard]] bool are_item_by_item(const Portion& portion) const;
  // A worker died in a call for many items. `how`: "killed by SIGSEGV (segmentation fault)".
  void note_crash(const plugin::FunctionEntry& function, const std::string& how);

 private:
  const Settings& settings_;
  const Ledger& ledger_;
  std::map<std::uint32_t, int> crashes_;  // by function
};

}  // namespace forkmap::pool
