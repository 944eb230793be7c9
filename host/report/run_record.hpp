// SPDX-License-Identifier: Apache-2.0
//
// What is kept of a run to be told of afterwards. However long the run, it stays small: lists have
// a bound, and beside each stands how many there were.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <forkmap/outcome.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time_histogram.hpp"
#include "host/failures/failure_groups.hpp"
#include "host/report/slowest_items.hpp"
#include "host/report/time_grid.hpp"
#include "host/text/node_facts.hpp"
#include "host/text/node_names.hpp"

namespace forkmap::host {

// Since the run's start.
using RunTime = std::chrono::nanoseconds;

enum class Wait : std::uint8_t { input, results, output, no_worker, paused };
inline constexpr std::size_t kWaits = 5;
[[nodiscard]] std::string_view name_of(Wait wait) noexcept;

// Each machine counts its workers from 0.
struct WorkerKey {
  std::uint32_t node = 0;  // 0: this machine
  int number = 0;
  friend auto operator<=>(const WorkerKey&, const WorkerKey&) = default;
};

struct WorkerFacts {
  std::vector<pid_t> pids;  // the first ones
  std::uint64_t processes = 0;
  std::uint64_t items = 0;
  std::uint64_t tasks = 0;
  RunTime busy{};
  std::uint64_t deaths = 0;  // time-outs are among them
  std::chrono::microseconds user_time{};
  std::chrono::microseconds system_time{};
  std::uint64_t max_resident_bytes = 0;
  std::size_t busy_series = 0;  // of the grid
  std::size_t death_series = 0;
};

struct DrawnTask {
  WorkerKey worker;
  RunTime begun{};
  RunTime ended{};
  std::uint64_t first_item = 0;  // from 1
  std::uint64_t items = 0;
  bool failed = false;
};

struct DrawnDeath {
  WorkerKey worker;
  RunTime at{};
  std::string text;
};

struct CrewFacts {
  std::string name;  // "refork", "zygote replaced"
  std::uint64_t generation = 0;
  std::string failure;
  RunTime begun{};
  RunTime ended{};
};

struct FailureExample {
  std::uint64_t item = 0;  // from 1
  std::string text;        // the item, quoted and cut
  std::string message;
};

struct FailureFacts {
  std::uint64_t count = 0;
  std::vector<FailureExample> examples;  // the first ones
};

struct StallFacts {
  std::uint64_t count = 0;
  RunTime time{};
};

// Of all workers of one machine that were heard of.
struct WorkerTotals {
  std::uint64_t workers = 0;
  std::uint64_t items = 0;
  std::uint64_t deaths = 0;
  RunTime busy{};
};

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct RunRecord {
  // What was asked for; constant.
  std::string version;
  std::string function;
  std::string signature;
  std::string plugin_name;
  std::string plugin_version;
  std::string plugin_path;
  std::string build_id;
  NamedTexts options;
  NamedTexts machine;
  int workers_wanted = 0;
  bool is_serial = false;
  std::chrono::system_clock::time_point begun_date;
  std::chrono::steady_clock::time_point begun;

  // How it ended.
  std::string ending;  // "finished", "interrupted", "broken", "closed", "halted"
  std::string why;     // where there is more to say
  int exit_status = 0;
  RunTime wall{};
  std::chrono::microseconds host_user{};
  std::chrono::microseconds host_system{};
  std::chrono::microseconds children_user{};  // workers, zygote, probes
  std::chrono::microseconds children_system{};
  std::uint64_t host_peak_bytes = 0;

  // Counted as it went.
  std::uint64_t items = 0;  // settled by this run: done, failed or cancelled
  std::uint64_t earlier_items = 0;
  std::uint64_t earlier_failures = 0;
  std::map<ErrorKind, FailureFacts> failures;
  FailureGroups groups;
  SlowestItems slowest;
  std::uint64_t input_bytes = 0;   // of items' texts, without what separates them
  std::uint64_t output_bytes = 0;  // of results, as they were written
  std::uint64_t tasks = 0;
  base::TimeHistogram times;
  std::map<WorkerKey, WorkerFacts> workers;
  NodeNames node_names;  // none: this machine is alone
  AllNodesFacts others;
  std::uint64_t deaths = 0;
  std::uint64_t timeouts = 0;  // among the deaths
  std::uint64_t lost_attempts = 0;
  std::uint64_t recycled = 0;
  std::uint64_t reforks = 0;
  std::uint64_t failed_reforks = 0;
  std::uint64_t zygote_deaths = 0;
  std::uint64_t shortages = 0;
  std::uint64_t resizes = 0;
  std::uint64_t rescues = 0;
  std::array<StallFacts, kWaits> stalls{};

  // To be drawn.
  TimeGrid grid;
  std::size_t item_series = 0;
  std::size_t failure_series = 0;
  std::array<std::size_t, kWaits> stall_series{};
  std::vector<DrawnTask> drawn_tasks;    // the first ones; see `tasks`
  std::vector<DrawnDeath> drawn_deaths;  // the first ones; see `deaths`
  std::vector<CrewFacts> crews;          // the first ones; see `reforks`

  [[nodiscard]] std::uint64_t failed() const noexcept;     // without the cancelled
  [[nodiscard]] std::uint64_t cancelled() const noexcept;  // with those not run
  [[nodiscard]] std::uint64_t done() const noexcept { return items - failed() - cancelled(); }
  [[nodiscard]] double items_per_s() const noexcept;
  [[nodiscard]] RunTime busy() const noexcept;
  [[nodiscard]] WorkerTotals totals_of(std::uint32_t node) const noexcept;
  [[nodiscard]] std::uint64_t lost_nodes() const noexcept;
  // "w3", or "n1 w3".
  [[nodiscard]] std::string shown(const WorkerKey& worker) const;
  // Since the start; none: it was not lost.
  [[nodiscard]] std::optional<RunTime> lost_at(const NodeFacts& node) const noexcept;
};

}  // namespace forkmap::host
