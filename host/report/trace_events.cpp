// SPDX-License-Identifier: Apache-2.0
#include "host/report/trace_events.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace forkmap::host {

namespace {

using Ns = std::chrono::nanoseconds;
using std::chrono::duration_cast;

constexpr int kLeavingRows = 100'000;
// The host's row; workers have 0 to 4095.
constexpr int kHostRow = 1'000'000;
constexpr int kStallRow = kHostRow + 1;  // stalls may reach over the ends of what the host does
// Other machines have numbers of their own; no process of this one is called so.
constexpr std::int64_t kFirstNodeProcess = std::int64_t{1} << 30U;
// Of a file, kept for names and its end, beside which budgets are shares of the rest.
constexpr std::uint64_t kFrameBytes = std::uint64_t{8} << 10U;
constexpr Ns kStallGap = std::chrono::microseconds(100);
constexpr Ns kCounterInterval = std::chrono::milliseconds(10);
constexpr std::uint64_t kSeparatorBytes = 2;

std::string json_string(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Microseconds, exact to the nanosecond.
std::string micros(Ns time) {
  return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

std::string_view name_of(pool::WorkerEnd end) {
  switch (end) {
    case pool::WorkerEnd::left:
      return "left";
    case pool::WorkerEnd::recycled:
      return "recycled";
    case pool::WorkerEnd::died:
      return "died";
    case pool::WorkerEnd::timed_out:
      return "timed out";
    case pool::WorkerEnd::stopped:
      return "stopped";
    case pool::WorkerEnd::killed:
      return "killed";
    case pool::WorkerEnd::start_failed:
      return "start failed";
  }
  return "gone";
}

std::string_view name_of(pool::CrewReason reason) {
  switch (reason) {
    case pool::CrewReason::beginning:
      return "pool start";
    case pool::CrewReason::asked:
    case pool::CrewReason::stale:
      return "refork";
    case pool::CrewReason::zygote_gone:
      return "zygote replaced";
  }
  return "refork";
}

}  // namespace

TraceEvents::TraceEvents(const std::string& path, std::uint64_t limit_bytes, pool::EventTime start,
                         std::shared_ptr<const NodeNames> nodes)
    : file_(path),
      start_(start),
      now_(start),
      tasks_budget_((limit_bytes - kFrameBytes) / 4 * 3),
      marks_budget_((limit_bytes - kFrameBytes) / 8),
      stalls_budget_((limit_bytes - kFrameBytes) / 16, kStallGap),
      counters_budget_((limit_bytes - kFrameBytes) / 16, kCounterInterval),
      node_names_(std::move(nodes)) {}

Ns TraceEvents::since_start(pool::EventTime time) const noexcept {
  return std::max(Ns{}, duration_cast<Ns>(time - start_));
}

bool TraceEvents::append(TraceBudget& budget, std::string_view event) {
  if (!budget.take(event.size() + kSeparatorBytes)) return false;
  file_.append(event, now_);
  return true;
}

// Process and thread, as the viewers call them.
std::string TraceEvents::place_of(const Row& row) {
  const std::int64_t process = row.node == 0 ? ::getpid() : kFirstNodeProcess + row.node;
  return fmt::format(R"("pid":{},"tid":{})", process, row.number);
}

// The first process has room in the file's frame.
void TraceEvents::name_process(std::uint32_t node, const std::string& name) {
  const auto named = [&](std::string_view what, std::string_view arguments) {
    const std::string line = fmt::format(R"({{"name":"{}","ph":"M",{},"args":{{{}}}}})", what,
                                         place_of({node, kHostRow}), arguments);
    if (node == 0) {
      file_.append(line, now_);
    } else if (!append(marks_budget_, line)) {
      ++dropped_events_;
    }
  };
  named("process_name", R"("name":)" + json_string(name));
  if (node != 0) named("process_sort_index", fmt::format(R"("sort_index":{})", node));
}

void TraceEvents::name_row(const Row& row, const std::string& name) {
  const auto named = [&](std::string_view what, std::string_view arguments) {
    if (!append(marks_budget_, fmt::format(R"({{"name":"{}","ph":"M",{},"args":{{{}}}}})", what,
                                           place_of(row), arguments))) {
      ++dropped_events_;
    }
  };
  named("thread_name", R"("name":)" + json_string(name));
  // The host stands above its workers.
  const int place = row.number < kHostRow ? row.number : row.number - kStallRow - 1;
  named("thread_sort_index", fmt::format(R"("sort_index":{})", place));
}

void TraceEvents::begin(std::string_view title) {
  name_process(0, std::string(title));
  name_row({0, kHostRow}, fmt::format("host {}", ::getpid()));
  name_row({0, kStallRow}, "stalls");
}

// That of the agent there, on another machine.
TraceEvents::Row TraceEvents::host_row(std::uint32_t node) {
  const Row row{node, kHostRow};
  if (node != 0 && named_.insert(row).second) {
    name_process(node, "node " + node_names_->of(node));
    name_row(row, "agent");
  }
  return row;
}

// A worker that leaves still runs its last tasks when its successor, of the same number, begins.
TraceEvents::Row TraceEvents::row_of(const pool::WorkerName& worker) {
  (void)host_row(worker.node);
  Row row{worker.node, worker.number};
  const auto serving = serving_.try_emplace(row, worker.pid).first;
  const bool is_leaving = serving->second != worker.pid;
  if (is_leaving) row.number += kLeavingRows;
  if (named_.insert(row).second) {
    name_row(row, fmt::format("worker {}{}", worker.number, is_leaving ? ", leaving" : ""));
  }
  return row;
}

void TraceEvents::note(const pool::TaskRan& event) {
  now_ = std::max(now_, event.ended);
  ++tasks_;
  items_ += event.items;
  const Row row = row_of(event.worker);
  Slice& slice = open_[row];
  const Ns begun = since_start(event.begun);
  const Ns ended = since_start(event.ended);
  const bool joins = slice.tasks > 0 && slice.function == event.function &&
                     slice.pid == event.worker.pid &&
                     ended - slice.begun <= tasks_budget_.resolution();
  const std::uint64_t lowest = event.first_index + 1;
  const std::uint64_t highest = lowest + (std::uint64_t{event.items} - 1) * event.index_stride;
  if (!joins) {
    append_slice(row, slice);
    slice = {.function = event.function,
             .pid = event.worker.pid,
             .begun = begun,
             .lowest = lowest,
             .highest = highest};
  }
  slice.ended = ended;
  slice.busy += ended - begun;
  slice.tasks += 1;
  slice.items += event.items;
  slice.failed += event.failed;
  slice.lowest = std::min(slice.lowest, lowest);
  slice.highest = std::max(slice.highest, highest);
  count(event);
}

void TraceEvents::append_slice(const Row& row, const Slice& slice) {
  if (slice.tasks == 0) return;
  std::string event = fmt::format(
      R"({{"name":{},"cat":"task","ph":"X","ts":{},"dur":{},{},"args":{{"worker_pid":{},"items":{},"item":{})",
      json_string(slice.function == nullptr ? "" : slice.function->full_name), micros(slice.begun),
      micros(slice.ended - slice.begun), place_of(row), slice.pid, slice.items, slice.lowest);
  const auto more = [&event](std::string_view name, auto value) {
    fmt::format_to(std::back_inserter(event), R"(,"{}":{})", name, value);
  };
  if (slice.items > 1) more("last_item", slice.highest);
  if (slice.failed > 0) more("failed", slice.failed);
  if (slice.tasks > 1) {
    more("tasks", slice.tasks);
    more("busy_us", micros(slice.busy));
  }
  event += "}}";
  if (append(tasks_budget_, event)) {
    ++task_events_;
  } else {
    dropped_tasks_ += slice.tasks;
  }
}

// Items that end a second, and those that are under way.
void TraceEvents::count(const pool::TaskRan& event) {
  items_to_count_ += event.items;
  const Ns now = since_start(event.ended);
  const Ns passed = now - counted_until_;
  if (passed < counters_budget_.resolution()) return;
  const double rate =
      static_cast<double>(items_to_count_) / static_cast<double>(passed.count()) * 1e9;
  const auto counter = [&](std::string_view name, std::string_view unit, double value) {
    (void)append(counters_budget_,
                 fmt::format(R"({{"name":"{}","ph":"C","ts":{},"pid":{},"args":{{"{}":{:.0f}}}}})",
                             name, micros(counted_until_), ::getpid(), unit, value));
  };
  counter("throughput", "items_per_s", rate);
  counter("items in flight", "items", static_cast<double>(event.items_open));
  counted_until_ = now;
  items_to_count_ = 0;
}

void TraceEvents::note(const pool::ItemLost& event) {
  now_ = std::max(now_, event.ended);
  const Row row = row_of(event.worker);
  append_slice(row, std::exchange(open_[row], {}));
  const std::string line = fmt::format(
      R"({{"name":{},"cat":"lost","ph":"X","ts":{},"dur":{},{},"args":{{"worker_pid":{},"item":{},"attempt":{},"runs_again":{}}}}})",
      json_string(event.function->full_name + " (its worker died)"),
      micros(since_start(event.begun)), micros(event.ended - event.begun), place_of(row),
      event.worker.pid, event.index + 1, event.attempt, !event.is_final);
  if (!append(marks_budget_, line)) ++dropped_events_;
}

void TraceEvents::note_instant(const Row& row, std::string_view category, std::string_view name,
                               const std::string& arguments, pool::EventTime at) {
  now_ = std::max(now_, at);
  const std::string line =
      fmt::format(R"({{"name":{},"cat":"{}","ph":"i","s":"{}","ts":{},{},"args":{{{}}}}})",
                  json_string(name), category, row.number == kHostRow ? "p" : "t",
                  micros(since_start(at)), place_of(row), arguments);
  if (!append(marks_budget_, line)) ++dropped_events_;
}

void TraceEvents::note(const pool::WorkerReady& event) {
  serving_[{event.worker.node, event.worker.number}] = event.worker.pid;
  note_instant(
      row_of(event.worker), "worker", "ready",
      fmt::format(R"("worker_pid":{},"generation":{})", event.worker.pid, event.generation),
      event.at);
}

void TraceEvents::note(const pool::WorkerGone& event) {
  const bool is_death =
      event.end != pool::WorkerEnd::left && event.end != pool::WorkerEnd::recycled;
  std::string arguments =
      fmt::format(R"("worker_pid":{},"how":{})", event.worker.pid, json_string(event.how));
  if (event.items) arguments += fmt::format(R"(,"items":{})", *event.items);
  const Row row = row_of(event.worker);
  if (row.number < kLeavingRows) serving_.erase(row);
  note_instant(row, is_death ? "death" : "worker", "worker " + std::string(name_of(event.end)),
               arguments, event.at);
}

void TraceEvents::note(const pool::CrewStarted& event) {
  now_ = std::max(now_, event.ended);
  std::string arguments =
      fmt::format(R"("generation":{},"zygote_pid":{})", event.generation, event.zygote);
  if (event.reason == pool::CrewReason::stale) arguments += R"(,"reason":"stale registry")";
  if (!event.failure.empty()) arguments += R"(,"failure":)" + json_string(event.failure);
  const std::string line =
      fmt::format(R"({{"name":"{}","cat":"pool","ph":"X","ts":{},"dur":{},{},"args":{{{}}}}})",
                  name_of(event.reason), micros(since_start(event.begun)),
                  micros(since_start(event.ended) - since_start(event.begun)),
                  place_of(host_row(event.node)), arguments);
  if (!append(marks_budget_, line)) ++dropped_events_;
}

void TraceEvents::note(const pool::ZygoteGone& event) {
  note_instant(host_row(event.node), "death", "zygote died",
               fmt::format(R"("zygote_pid":{},"how":{})", event.pid, json_string(event.how)),
               event.at);
}

void TraceEvents::note_host(std::string_view name, std::string_view detail, pool::EventTime at) {
  note_instant(host_row(0), "pool", name, R"("detail":)" + json_string(detail), at);
}

void TraceEvents::note_lost_node(std::uint32_t node, std::string_view why, pool::EventTime at) {
  note_instant(host_row(node), "death", "node lost", R"("how":)" + json_string(why), at);
}

void TraceEvents::note_stall(std::string_view kind, pool::EventTime begun, pool::EventTime ended) {
  now_ = std::max(now_, ended);
  const Ns from = since_start(begun);
  const Ns to = since_start(ended);
  // Between two waits the host looks around; that does not end a stall.
  if (stall_ && stall_->kind == kind && from - stall_->ended <= stalls_budget_.resolution()) {
    stall_->ended = to;
    ++stall_->count;
    return;
  }
  append_stall();
  stall_ = Stall{std::string(kind), from, to, 1};
}

void TraceEvents::append_stall() {
  if (!stall_) return;
  const std::string line = fmt::format(
      R"({{"name":{},"cat":"stall","ph":"X","ts":{},"dur":{},{},"args":{{"waits":{}}}}})",
      json_string("stall: " + stall_->kind), micros(stall_->begun),
      micros(stall_->ended - stall_->begun), place_of({0, kStallRow}), stall_->count);
  if (!append(stalls_budget_, line)) ++dropped_events_;
  stall_.reset();
}

void TraceEvents::finish(std::string_view ending, pool::EventTime now) {
  now_ = std::max(now_, now);
  for (const auto& [row, slice] : open_) append_slice(row, slice);
  open_.clear();
  append_stall();
  file_.append(
      fmt::format(
          R"({{"name":"end of trace","cat":"trace","ph":"i","s":"g","ts":{},{},"args":{{"ending":{},"tasks":{},"items":{},"task_events":{},"joined_up_to_us":{},"dropped_tasks":{},"dropped_events":{}}}}})",
          micros(since_start(now_)), place_of({0, kHostRow}), json_string(ending), tasks_, items_,
          task_events_, micros(tasks_budget_.resolution()), dropped_tasks_, dropped_events_),
      now_);
  file_.close();
}

}  // namespace forkmap::host
