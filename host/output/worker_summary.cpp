// SPDX-License-Identifier: Apache-2.0
#include "host/output/worker_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/text/table.hpp"

namespace forkmap::host {

void WorkerSummary::add(int worker, pid_t pid, std::uint64_t items) {
  const auto found = std::ranges::find_if(shares_, [&](const Share& share) {
    return share.worker == worker && (worker < 0 || share.pid == pid);
  });
  if (found != shares_.end()) {
    found->items += items;
  } else {
    shares_.push_back({worker, worker < 0 ? 0 : pid, items});
  }
}

std::string WorkerSummary::table() const {
  std::vector<Share> shares = shares_;
  std::ranges::stable_sort(
      shares, {}, [](const Share& share) { return share.worker < 0 ? INT32_MAX : share.worker; });
  std::uint64_t total = 0;
  for (const Share& share : shares) total += share.items;
  std::vector<std::vector<std::string>> rows = {{"worker", "pid", "items", "share"}};
  for (const Share& share : shares) {
    const double part = 100.0 * static_cast<double>(share.items) / static_cast<double>(total);
    rows.push_back({share.worker < 0 ? "none" : "w" + std::to_string(share.worker),
                    share.worker < 0 ? "-" : std::to_string(share.pid), std::to_string(share.items),
                    fmt::format("{:.1f} %", part)});
  }
  return aligned(rows, {1, 2, 3});
}

}  // namespace forkmap::host
