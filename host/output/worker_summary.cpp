// SPDX-License-Identifier: Apache-2.0
#include "host/output/worker_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "host/text/table.hpp"

namespace forkmap::host {

void WorkerSummary::add(std::uint32_t node, int worker, pid_t pid, std::uint64_t items) {
  const Share added = worker < 0 ? Share{0, -1, 0, items} : Share{node, worker, pid, items};
  const auto found = std::ranges::find_if(shares_, [&](const Share& share) {
    return share.worker == added.worker && share.pid == added.pid && share.node == added.node;
  });
  if (found != shares_.end()) {
    found->items += items;
  } else {
    shares_.push_back(added);
  }
}

std::string WorkerSummary::table(const NodeNames& nodes) const {
  std::vector<Share> shares = shares_;
  std::ranges::stable_sort(shares, {}, [](const Share& share) {
    return std::tuple(share.worker < 0, share.node, share.worker);
  });
  std::uint64_t total = 0;
  for (const Share& share : shares) total += share.items;
  std::vector<std::vector<std::string>> rows = {{"worker", "pid", "items", "share"}};
  if (nodes.are_there()) rows.front().insert(rows.front().begin(), "node");
  for (const Share& share : shares) {
    const double part = 100.0 * static_cast<double>(share.items) / static_cast<double>(total);
    const bool has_worker = share.worker >= 0;
    std::vector<std::string>& row = rows.emplace_back();
    if (nodes.are_there()) row.push_back(has_worker ? nodes.shown(share.node) : "-");
    row.push_back(has_worker ? "w" + std::to_string(share.worker) : "none");
    row.push_back(has_worker ? std::to_string(share.pid) : "-");
    row.push_back(std::to_string(share.items));
    row.push_back(fmt::format("{:.1f} %", part));
  }
  return nodes.are_there() ? aligned(rows, {2, 3, 4}) : aligned(rows, {1, 2, 3});
}

}  // namespace forkmap::host
