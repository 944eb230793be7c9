// SPDX-License-Identifier: Apache-2.0
#include "host/watch/status.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::host {

namespace {
constexpr double kLongestSeconds = 366.0 * 24 * 3600 * 100;
}

std::optional<std::chrono::nanoseconds> RunStatus::time_left() const {
  const auto finished = static_cast<double>(done + waiting);
  double part = fraction.value_or(0);
  if (total) part = *total == 0 ? 1 : finished / static_cast<double>(*total);
  if (!(part > 0 && part <= 1) || elapsed.count() <= 0) return std::nullopt;
  const double seconds = std::chrono::duration<double>(elapsed).count() / part * (1 - part);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::min(seconds, kLongestSeconds) * 1e9));
}

WorkerStatus worker_status(const WorkerInfo& worker, std::string node) {
  WorkerStatus status;
  status.number = worker.number;
  status.node = std::move(node);
  status.pid = worker.pid;
  status.state = to_string(worker.state);
  if (worker.item) status.item = *worker.item + 1;
  status.item_time = worker.item_time;
  status.done = worker.items_done_in_all;
  status.respawns = worker.respawns;
  return status;
}

}  // namespace forkmap::host
