// SPDX-License-Identifier: Apache-2.0
#include "host/report/run_record.hpp"

#include <algorithm>

namespace forkmap::host {

std::string_view name_of(Wait wait) noexcept {
  switch (wait) {
    case Wait::input:
      return "input";
    case Wait::results:
      return "results";
    case Wait::output:
      return "output";
    case Wait::no_worker:
      return "no worker";
    case Wait::paused:
      return "paused";
  }
  return "";
}

std::uint64_t RunRecord::failed() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [kind, facts] : failures) sum += facts.count;
  return sum - cancelled();
}

std::uint64_t RunRecord::cancelled() const noexcept {
  std::uint64_t sum = 0;
  for (const ErrorKind kind : {ErrorKind::cancelled, ErrorKind::not_run}) {
    const auto place = failures.find(kind);
    if (place != failures.end()) sum += place->second.count;
  }
  return sum;
}

double RunRecord::items_per_s() const noexcept {
  if (wall.count() <= 0) return 0;
  return static_cast<double>(items - cancelled()) / static_cast<double>(wall.count()) * 1e9;
}

RunTime RunRecord::busy() const noexcept {
  RunTime sum{};
  for (const auto& [key, worker] : workers) sum += worker.busy;
  return sum;
}

WorkerTotals RunRecord::totals_of(std::uint32_t node) const noexcept {
  WorkerTotals totals;
  for (const auto& [key, worker] : workers) {
    if (key.node != node) continue;
    ++totals.workers;
    totals.items += worker.items;
    totals.deaths += worker.deaths;
    totals.busy += worker.busy;
  }
  return totals;
}

std::uint64_t RunRecord::lost_nodes() const noexcept {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      others.nodes, [](const NodeFacts& node) { return node.lost_at.has_value(); }));
}

std::string RunRecord::shown(const WorkerKey& worker) const {
  const std::string name = "w" + std::to_string(worker.number);
  return node_names.are_there() ? node_names.shown(worker.node) + " " + name : name;
}

std::optional<RunTime> RunRecord::lost_at(const NodeFacts& node) const noexcept {
  if (!node.lost_at) return std::nullopt;
  return std::max(RunTime{}, std::chrono::duration_cast<RunTime>(*node.lost_at - begun));
}

}  // namespace forkmap::host
