// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace forkmap::host {

// Who has done how much: the report of --summary.
class WorkerSummary {
 public:
  // `worker` is -1 for items that no worker has finished.
  void add(int worker, pid_t pid, std::uint64_t items);
  // A table: worker, pid, items, share.
  [[nodiscard]] std::string table() const;

 private:
  struct Share {
    int worker;
    pid_t pid;
    std::uint64_t items;
  };
  std::vector<Share> shares_;
};

}  // namespace forkmap::host
