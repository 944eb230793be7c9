// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/outcome.hpp>
#include <optional>
#include <string>

#include "core/lane/crash_record.hpp"
#include "core/plugin/loaded_objects.hpp"
#include "core/pool/restart_policy.hpp"

namespace forkmap::pool {

// What is known of a worker's death.
struct DeathReport {
  DeathCause cause;
  std::string how;  // "killed by SIGSEGV (segmentation fault)"
  int wait_status;
  bool by_cancel = false;
  std::chrono::nanoseconds overrun_limit{};  // the item ran longer than that
  ProcessUsage usage = {};
  std::optional<lane::CrashFacts> crash = {};      // what its handler has left
  const plugin::LoadedObjects* objects = nullptr;  // of its crew
  std::string printed = {};                        // since the last mark ...
  std::uint64_t printed_since = 0;                 // ... which is at this item
};

}  // namespace forkmap::pool
