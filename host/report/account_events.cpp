// SPDX-License-Identifier: Apache-2.0
//
// What the pool tells, into the account of a run.
#include <algorithm>
#include <utility>

#include "host/report/run_recorder.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kPidsOfEachWorker = 16;
constexpr std::size_t kDrawnTasks = 1000;
constexpr std::size_t kDrawnDeaths = 200;
constexpr std::size_t kDrawnCrews = 50;

std::string name_of(const pool::CrewStarted& event) {
  return event.reason == pool::CrewReason::zygote_gone ? "zygote replaced" : "refork";
}

}  // namespace

RunTime RunAccount::since_start(pool::EventTime time) const noexcept {
  return std::max(RunTime{}, std::chrono::duration_cast<RunTime>(time - start_));
}

WorkerFacts& RunAccount::facts_of(int worker) {
  const auto [place, is_new] = facts_.workers.try_emplace(worker);
  if (is_new) {
    place->second.busy_series = facts_.grid.add_series();
    place->second.death_series = facts_.grid.add_series();
  }
  return place->second;
}

void RunAccount::add_process(int worker, pid_t pid) {
  WorkerFacts& facts = facts_of(worker);
  ++facts.processes;
  if (facts.pids.size() < kPidsOfEachWorker) facts.pids.push_back(pid);
}

void RunAccount::note(const pool::WorkerReady& event) noexcept {
  add_process(event.worker.number, event.worker.pid);
  if (trace_) trace_->note(event);
}

void RunAccount::note(const pool::TaskRan& event) noexcept {
  const RunTime begun = since_start(event.begun);
  const RunTime ended = since_start(event.ended);
  const auto run_time = ended - begun;
  WorkerFacts& worker = facts_of(event.worker.number);
  if (worker.processes == 0) add_process(event.worker.number, event.worker.pid);  // the host itself
  worker.items += event.items;
  ++worker.tasks;
  worker.busy += run_time;
  ++facts_.tasks;
  if (event.is_measured && event.items > 0) {
    facts_.times.add(static_cast<std::uint64_t>(run_time.count()) / event.items, event.items);
  }
  facts_.grid.add(worker.busy_series, begun, ended, static_cast<double>(run_time.count()));
  facts_.grid.add(facts_.item_series, begun, ended, event.items);
  if (event.failed > 0) facts_.grid.add(facts_.failure_series, begun, ended, event.failed);
  if (facts_.drawn_tasks.size() < kDrawnTasks) {
    facts_.drawn_tasks.push_back({.worker = event.worker.number,
                                  .begun = begun,
                                  .ended = ended,
                                  .first_item = event.first_index + 1,
                                  .items = event.items,
                                  .failed = event.failed > 0});
  }
  if (trace_) trace_->note(event);
}

void RunAccount::note(const pool::ItemLost& event) noexcept {
  ++facts_.lost_attempts;
  const RunTime begun = since_start(event.begun);
  const RunTime ended = since_start(event.ended);
  WorkerFacts& worker = facts_of(event.worker.number);
  worker.busy += ended - begun;
  facts_.grid.add(worker.busy_series, begun, ended, static_cast<double>((ended - begun).count()));
  if (event.is_final) {
    facts_.grid.add(facts_.item_series, ended, ended, 1);
    facts_.grid.add(facts_.failure_series, ended, ended, 1);
  }
  if (facts_.drawn_tasks.size() < kDrawnTasks) {
    facts_.drawn_tasks.push_back({.worker = event.worker.number,
                                  .begun = begun,
                                  .ended = ended,
                                  .first_item = event.index + 1,
                                  .items = 1,
                                  .failed = true});
  }
  if (trace_) trace_->note(event);
}

void RunAccount::note(const pool::WorkerGone& event) noexcept {
  WorkerFacts& worker = facts_of(event.worker.number);
  worker.user_time += event.user_time;
  worker.system_time += event.system_time;
  worker.max_resident_bytes = std::max(worker.max_resident_bytes, event.max_resident_bytes);
  if (event.end == pool::WorkerEnd::recycled) ++facts_.recycled;
  if (event.end != pool::WorkerEnd::left && event.end != pool::WorkerEnd::recycled) {
    const RunTime at = since_start(event.at);
    ++worker.deaths;
    ++facts_.deaths;
    if (event.end == pool::WorkerEnd::timed_out) ++facts_.timeouts;
    facts_.grid.add(worker.death_series, at, at, 1);
    if (facts_.drawn_deaths.size() < kDrawnDeaths) {
      facts_.drawn_deaths.push_back(
          {event.worker.number, at,
           "worker " + std::to_string(event.worker.pid) + " " + std::string(event.how)});
    }
  }
  if (trace_) trace_->note(event);
}

void RunAccount::note(const pool::CrewStarted& event) noexcept {
  if (event.reason != pool::CrewReason::beginning) {
    if (event.failure.empty()) {
      ++facts_.reforks;
    } else {
      ++facts_.failed_reforks;
    }
    if (facts_.crews.size() < kDrawnCrews) {
      facts_.crews.push_back({name_of(event), event.generation, std::string(event.failure),
                              since_start(event.begun), since_start(event.ended)});
    }
  }
  if (trace_) trace_->note(event);
}

void RunAccount::note(const pool::ZygoteGone& event) noexcept {
  ++facts_.zygote_deaths;
  if (trace_) trace_->note(event);
}

void RunAccount::add_stall(Wait wait, pool::EventTime begun, pool::EventTime ended) {
  StallFacts& facts = facts_.stalls[static_cast<std::size_t>(wait)];
  ++facts.count;
  facts.time += ended - begun;
  const RunTime from = since_start(begun);
  const RunTime to = since_start(ended);
  facts_.grid.add(facts_.stall_series[static_cast<std::size_t>(wait)], from, to,
                  static_cast<double>((to - from).count()));
  if (trace_) trace_->note_stall(host::name_of(wait), begun, ended);
}

void RunAccount::note(const pool::Stalled& event) noexcept {
  switch (event.kind) {
    case pool::StallKind::input:
      return add_stall(Wait::input, event.begun, event.ended);
    case pool::StallKind::results: {
      // Nobody takes results from the pool while the ones before cannot be written.
      const bool is_full = writer_ != nullptr && writer_->is_full();
      return add_stall(is_full ? Wait::output : Wait::results, event.begun, event.ended);
    }
    case pool::StallKind::no_worker:
      return add_stall(Wait::no_worker, event.begun, event.ended);
  }
}

void RunAccount::note_shortage(std::string_view why, pool::EventTime at) noexcept {
  ++facts_.shortages;
  if (trace_) trace_->note_host("no worker can be started", why, at);
}

void RunAccount::note_resize(int workers, pool::EventTime at) noexcept {
  ++facts_.resizes;
  if (trace_) trace_->note_host("resize", std::to_string(workers) + " workers", at);
}

void RunAccount::note_pause(bool on, pool::EventTime at) noexcept {
  if (on) {
    paused_since_ = at;
  } else if (paused_since_) {
    add_stall(Wait::paused, *std::exchange(paused_since_, std::nullopt), at);
  }
}

}  // namespace forkmap::host
