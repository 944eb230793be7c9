// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "core/plugin/registry_table.hpp"
#include "core/pool/settings.hpp"

namespace forkmap::pool {

// Tells what functions leave behind in their workers (left_state.hpp), once each.
class LeftStateNotice {
 public:
  explicit LeftStateNotice(const Settings& settings) : settings_(settings) {}
  // `flags`: of a task of that function, as in task_codes.hpp.
  void tell(const plugin::FunctionEntry& function, std::uint32_t flags);

 private:
  const Settings& settings_;
  std::map<std::uint32_t, std::uint32_t> told_;  // by function
};

}  // namespace forkmap::pool
