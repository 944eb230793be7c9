// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <forkmap/crash_report.hpp>
#include <functional>
#include <string_view>

namespace forkmap::node {

// How long nodes may be silent, and who is told what. A callback runs inside a step of the site: it
// does not use the pool, and throws nothing. Where one is not given nobody is told.
struct RemoteRules {
  std::chrono::nanoseconds node_timeout = std::chrono::seconds(30);  // silent so long: lost
  std::chrono::nanoseconds suspect_after = std::chrono::seconds(3);
  std::chrono::nanoseconds late_after = std::chrono::seconds(1);  // a block in front, at least
  std::chrono::milliseconds beat_period{1000};
  std::function<void(std::string_view)> notice = {};  // "node n3 was lost: ..."
  // What workers of a node have printed, where its output is WorkerOutput::forward ...
  std::function<void(std::string_view node, std::string_view bytes)> printed = {};
  // ... or tag.
  std::function<void(std::string_view node, int worker, pid_t pid, std::string_view line)>
      printed_line = {};
  // As PoolOptions::crashed, with the node; position and index are those of the map here.
  std::function<void(const CrashReport&)> crashed = {};
};

}  // namespace forkmap::node
