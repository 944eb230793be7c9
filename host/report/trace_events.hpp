// SPDX-License-Identifier: Apache-2.0
//
// What happens in a pool as trace events: a process for each machine; in it a row for each worker,
// named by its number, and one for the host. Of the size that the file may have, three quarters are
// for tasks; the rest is for deaths, reforks and the like, for stalls, and for counters. Tasks,
// stalls and counters get coarser as the room gets less; what finds no room at all is counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/pool/engine.hpp"
#include "host/report/trace_budget.hpp"
#include "host/report/trace_file.hpp"
#include "host/text/node_names.hpp"

namespace forkmap::host {

class TraceEvents {
 public:
  // `nodes` may be named later, but before anything is told of them. Throws UsageError.
  TraceEvents(const std::string& path, std::uint64_t limit_bytes, pool::EventTime start,
              std::shared_ptr<const NodeNames> nodes);

  // `title` names the run.
  void begin(std::string_view title);
  void note(const pool::TaskRan& event);
  void note(const pool::ItemLost& event);
  void note(const pool::WorkerReady& event);
  void note(const pool::WorkerGone& event);
  void note(const pool::CrewStarted& event);
  void note(const pool::ZygoteGone& event);
  // `kind` as it is shown: "input", "output", ...
  void note_stall(std::string_view kind, pool::EventTime begun, pool::EventTime ended);
  // Something that happened to the host or the whole pool.
  void note_host(std::string_view name, std::string_view detail, pool::EventTime at);
  void note_lost_node(std::uint32_t node, std::string_view why, pool::EventTime at);
  void flush_now_and_then() noexcept { file_.flush_now_and_then(); }
  // `ending`: how the run ended.
  void finish(std::string_view ending, pool::EventTime now);

  [[nodiscard]] const std::string& failure() const noexcept { return file_.failure(); }

 private:
  struct Row {
    std::uint32_t node = 0;  // 0: this machine
    int number = 0;
    friend auto operator<=>(const Row&, const Row&) = default;
  };
  struct Slice {  // tasks of a worker that become one event
    const plugin::FunctionEntry* function = nullptr;
    pid_t pid = 0;
    std::chrono::nanoseconds begun{};
    std::chrono::nanoseconds ended{};
    std::chrono::nanoseconds busy{};
    std::uint64_t tasks = 0;
    std::uint64_t items = 0;
    std::uint64_t failed = 0;
    std::uint64_t lowest = 0;  // numbers of its items, from 1
    std::uint64_t highest = 0;
  };
  struct Stall {
    std::string kind;
    std::chrono::nanoseconds begun{};
    std::chrono::nanoseconds ended{};
    std::uint64_t count = 0;
  };

  [[nodiscard]] std::chrono::nanoseconds since_start(pool::EventTime time) const noexcept;
  [[nodiscard]] Row row_of(const pool::WorkerName& worker);
  [[nodiscard]] Row host_row(std::uint32_t node);
  [[nodiscard]] static std::string place_of(const Row& row);
  void name_process(std::uint32_t node, const std::string& name);
  void name_row(const Row& row, const std::string& name);
  bool append(TraceBudget& budget, std::string_view event);
  void append_slice(const Row& row, const Slice& slice);
  void append_stall();
  void count(const pool::TaskRan& event);
  void note_instant(const Row& row, std::string_view category, std::string_view name,
                    const std::string& arguments, pool::EventTime at);

  TraceFile file_;
  pool::EventTime start_;
  pool::EventTime now_;
  TraceBudget tasks_budget_;
  TraceBudget marks_budget_;
  TraceBudget stalls_budget_;
  TraceBudget counters_budget_;
  std::shared_ptr<const NodeNames> node_names_;
  std::map<Row, pid_t> serving_;  // by what would be the row of the one that does not leave
  std::set<Row> named_;
  std::map<Row, Slice> open_;
  std::optional<Stall> stall_;
  std::chrono::nanoseconds counted_until_{};
  std::uint64_t items_to_count_ = 0;
  std::uint64_t tasks_ = 0;
  std::uint64_t items_ = 0;
  std::uint64_t task_events_ = 0;
  std::uint64_t dropped_tasks_ = 0;
  std::uint64_t dropped_events_ = 0;
};

}  // namespace forkmap::host
