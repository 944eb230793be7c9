// SPDX-License-Identifier: Apache-2.0
//
// What is known of a run while it goes on: for SIGUSR1, and for `forkmap top`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <forkmap/options.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/text/node_facts.hpp"

namespace forkmap::host {

struct WorkerStatus {
  int number = 0;
  std::string node = {};  // where it is; empty: on this machine
  pid_t pid = 0;
  std::string state;
  std::optional<std::uint64_t> item = {};  // that runs now, from 1
  std::chrono::nanoseconds item_time{};    // that it was seen running (WorkerInfo)
  std::uint64_t done = 0;                  // items, its predecessors' included
  std::uint64_t respawns = 0;
};

struct RunStatus {
  pid_t pid = 0;
  std::string function;
  std::string state = "running";  // or "ending": no more items are started
  std::chrono::nanoseconds elapsed{};
  std::uint64_t done = 0;     // items whose outcome was given on, failed ones included
  std::uint64_t waiting = 0;  // finished, behind one that is not
  std::uint64_t failed = 0;   // of those done
  std::optional<std::uint64_t> total = {};  // where it is known without reading ahead
  std::optional<double> fraction = {};      // of the input that was read, where that is known
  double rate = 0;                          // finished items a second, on the whole
  double rate_now = 0;                      // and in the last seconds
  int workers_wanted = 0;                   // on this machine
  std::vector<WorkerStatus> workers = {};
  std::vector<NodeFacts> nodes = {};  // the other machines

  // An estimate from the items done; absent before there are any.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> time_left() const;
};

[[nodiscard]] WorkerStatus worker_status(const WorkerInfo& worker, std::string node);

}  // namespace forkmap::host
