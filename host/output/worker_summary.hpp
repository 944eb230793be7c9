// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "host/text/node_names.hpp"

namespace forkmap::host {

// Who has done how much: the report of --summary.
class WorkerSummary {
 public:
  // `worker` is -1 for items that no worker has finished; `node` 0: of this machine.
  void add(std::uint32_t node, int worker, pid_t pid, std::uint64_t items);
  // A table: worker, pid, items, share; in front of them the node where there are others.
  [[nodiscard]] std::string table(const NodeNames& nodes) const;

 private:
  struct Share {
    std::uint32_t node;
    int worker;
    pid_t pid;
    std::uint64_t items;
  };
  std::vector<Share> shares_;
};

}  // namespace forkmap::host
