// SPDX-License-Identifier: Apache-2.0
#include "host/report/run_recorder.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "host/cli/exit_codes.hpp"
#include "host/failures/printed_text.hpp"
#include "host/failures/worker_place.hpp"
#include "host/report/machine_rows.hpp"
#include "host/report/option_rows.hpp"
#include "host/report/page.hpp"
#include "host/report/stats_json.hpp"
#include "host/text/item_text.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kExamplesOfEachKind = 5;
constexpr std::size_t kLongestMessageBytes = 2000;

std::chrono::microseconds micros_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

constexpr std::size_t kPidsOfEachWorker = 16;
constexpr std::size_t kDrawnTasks = 1000;
constexpr std::size_t kDrawnDeaths = 200;
constexpr std::size_t kDrawnCrews = 50;

std::string name_of(const pool::CrewStarted& event) {
  return event.reason == pool::CrewReason::zygote_gone ? "zygote replaced" : "refork";
}

WorkerKey key_of(const pool::WorkerName& worker) noexcept { return {worker.node, worker.number}; }

}  // namespace

std::unique_ptr<RunRecorder> RunRecorder::of(const RunOptions& options, Diagnostics& diagnostics,
                                             std::shared_ptr<const NodeNames> nodes) {
  if (!options.seeing.any()) return nullptr;
  return std::make_unique<RunRecorder>(options, diagnostics, std::move(nodes));
}

RunRecorder::RunRecorder(const RunOptions& options, Diagnostics& diagnostics,
                         std::shared_ptr<const NodeNames> nodes)
    : diagnostics_(diagnostics), node_names_(std::move(nodes)) {
  const SeeingOptions& seeing = options.seeing;
  if (!seeing.report.empty()) page_.emplace(seeing.report);
  if (!seeing.stats.empty()) stats_.emplace(seeing.stats);
  if (!seeing.trace.empty())
    trace_.emplace(seeing.trace, seeing.trace_limit_bytes, start_, node_names_);
  record_.begun_date = std::chrono::system_clock::now();
  record_.begun = start_;
  record_.item_series = record_.grid.add_series();
  record_.failure_series = record_.grid.add_series();
  for (std::size_t& series : record_.stall_series) series = record_.grid.add_series();
  if (trace_) trace_->begin("forkmap run " + options.function);
}

void RunRecorder::begin(const RunOptions& options, const plugin::FunctionEntry& function,
                        const OutputStream& writer) {
  has_begun_ = true;
  record_.version = FORKMAP_VERSION;
  record_.function = function.full_name;
  record_.signature = types::to_text(function.signature);
  if (function.plugin != nullptr) {
    record_.plugin_name = function.plugin->name;
    record_.plugin_version = function.plugin->version;
    record_.plugin_path = function.plugin->path;
    record_.build_id = function.plugin->identity.build_id;
  }
  record_.options = option_rows(options);
  record_.machine = machine_rows();
  record_.is_serial = options.serial;
  record_.workers_wanted = options.serial        ? 1
                           : options.workers > 0 ? options.workers
                                                 : default_workers();
  writer_ = &writer;
}

void RunRecorder::note_earlier(std::uint64_t items, std::uint64_t failures) noexcept {
  record_.earlier_items = items;
  record_.earlier_failures = failures;
}

void RunRecorder::forget_writer() noexcept {
  if (writer_ != nullptr) record_.output_bytes = writer_->bytes_given();
  writer_ = nullptr;
}

void RunRecorder::take(const ResultBatch& batch, const ItemNumbering& numbers,
                       const ItemInput& input) {
  record_.items += batch.count;
  record_.slowest.take(batch, numbers, input);
  input.read_texts(batch.first, batch.count,
                   [this](std::string_view text) { record_.input_bytes += text.size(); });
  std::uint64_t item = 0;
  for (const ItemError& error : batch.errors) {
    while (batch.status[item] == FORKMAP_STATUS_VALUE) ++item;
    take_error(error, batch.first + item++, numbers, input);
  }
}

void RunRecorder::take_error(const ItemError& error, std::uint64_t position,
                             const ItemNumbering& numbers, const ItemInput& input) {
  record_.groups.add(error, numbers.number_of(position));
  FailureFacts& facts = record_.failures[error.kind];
  ++facts.count;
  if (error.kind == ErrorKind::cancelled || facts.examples.size() >= kExamplesOfEachKind) return;
  FailureExample& example = facts.examples.emplace_back();
  example.item = numbers.number_of(position);
  input.read_texts(position, 1, [&](std::string_view text) {
    example.text = shown_item(text, input.delimiter());
  });
  example.message =
      message_with_node(error, node_names_->of(error.node)).substr(0, kLongestMessageBytes);
  if (!error.printed.empty()) {
    example.message += "\n" + printed_line(error.printed, error.printed_since, error.index);
  }
}

void RunRecorder::note_put_off() noexcept {
  ++record_.items;
  ++record_.failures[ErrorKind::cancelled].count;
}

void RunRecorder::flush() noexcept {
  if (trace_) trace_->flush_now_and_then();
  tell_trace_failure(false);
}

void RunRecorder::tell_trace_failure(bool is_over) {
  if (!trace_ || trace_->failure().empty() || std::exchange(trace_failure_told_, true)) return;
  diagnostics_.say(trace_->failure() + (is_over ? "; the trace is not all there"
                                                : "; the run goes on without a trace"));
}

void RunRecorder::take_measures(const RunEnding& ending) {
  const auto now = std::chrono::steady_clock::now();
  forget_writer();
  record_.node_names = *node_names_;
  record_.ending = ending.name;
  record_.why = ending.why;
  record_.exit_status = ending.exit_status;
  record_.wall = since_start(now);
  record_.grid.reach(record_.wall);
  rusage own{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  record_.host_user = micros_of(own.ru_utime);
  record_.host_system = micros_of(own.ru_stime);
  record_.children_user = micros_of(children.ru_utime);
  record_.children_system = micros_of(children.ru_stime);
  record_.host_peak_bytes = static_cast<std::uint64_t>(own.ru_maxrss) * 1024;
  if (!trace_) return;
  for (const NodeFacts& node : record_.others.nodes) {
    if (node.lost_at) trace_->note_lost_node(node.number, node.why_ended, *node.lost_at);
  }
  trace_->finish(ending.why.empty() ? ending.name : ending.name + ": " + ending.why, now);
}

int RunRecorder::close(const RunEnding& ending) noexcept {
  if (!has_begun_) return ending.exit_status;
  int status = ending.exit_status;
  const auto written = [&](auto&& write) {
    try {
      write();
    } catch (const std::exception& error) {
      diagnostics_.say(error.what());
      status = kCannotGoOn;
    }
  };
  written([&] { take_measures(ending); });
  written([&] {
    if (stats_) stats_->write(stats_json(record_));
  });
  written([&] {
    if (page_) page_->write(report_page(record_));
  });
  written([&] { tell_trace_failure(true); });
  if (trace_ && !trace_->failure().empty()) status = kCannotGoOn;
  return status;
}

// --- what the pool tells

RunTime RunRecorder::since_start(pool::EventTime time) const noexcept {
  return std::max(RunTime{}, std::chrono::duration_cast<RunTime>(time - start_));
}

WorkerFacts& RunRecorder::facts_of(const WorkerKey& worker) {
  const auto [place, is_new] = record_.workers.try_emplace(worker);
  if (is_new) {
    place->second.busy_series = record_.grid.add_series();
    place->second.death_series = record_.grid.add_series();
  }
  return place->second;
}

void RunRecorder::add_process(WorkerFacts& worker, pid_t pid) {
  ++worker.processes;
  if (worker.pids.size() < kPidsOfEachWorker) worker.pids.push_back(pid);
}

void RunRecorder::note(const pool::WorkerReady& event) noexcept {
  add_process(facts_of(key_of(event.worker)), event.worker.pid);
  if (trace_) trace_->note(event);
}

void RunRecorder::note(const pool::TaskRan& event) noexcept {
  const RunTime begun = since_start(event.begun);
  const RunTime ended = since_start(event.ended);
  const auto run_time = ended - begun;
  WorkerFacts& worker = facts_of(key_of(event.worker));
  if (worker.processes == 0) add_process(worker, event.worker.pid);  // the host itself
  worker.items += event.items;
  ++worker.tasks;
  worker.busy += run_time;
  ++record_.tasks;
  if (event.is_measured && event.items > 0) {
    record_.times.add(static_cast<std::uint64_t>(run_time.count()) / event.items, event.items);
  }
  record_.grid.add(worker.busy_series, begun, ended, static_cast<double>(run_time.count()));
  record_.grid.add(record_.item_series, begun, ended, event.items);
  if (event.failed > 0) record_.grid.add(record_.failure_series, begun, ended, event.failed);
  if (record_.drawn_tasks.size() < kDrawnTasks) {
    record_.drawn_tasks.push_back({.worker = key_of(event.worker),
                                   .begun = begun,
                                   .ended = ended,
                                   .first_item = event.first_index + 1,
                                   .items = event.items,
                                   .failed = event.failed > 0});
  }
  if (trace_) trace_->note(event);
}

void RunRecorder::note(const pool::ItemLost& event) noexcept {
  ++record_.lost_attempts;
  const RunTime begun = since_start(event.begun);
  const RunTime ended = since_start(event.ended);
  WorkerFacts& worker = facts_of(key_of(event.worker));
  worker.busy += ended - begun;
  record_.grid.add(worker.busy_series, begun, ended, static_cast<double>((ended - begun).count()));
  if (event.is_final) {
    record_.grid.add(record_.item_series, ended, ended, 1);
    record_.grid.add(record_.failure_series, ended, ended, 1);
  }
  if (record_.drawn_tasks.size() < kDrawnTasks) {
    record_.drawn_tasks.push_back({.worker = key_of(event.worker),
                                   .begun = begun,
                                   .ended = ended,
                                   .first_item = event.index + 1,
                                   .items = 1,
                                   .failed = true});
  }
  if (trace_) trace_->note(event);
}

void RunRecorder::note(const pool::WorkerGone& event) noexcept {
  WorkerFacts& worker = facts_of(key_of(event.worker));
  worker.user_time += event.user_time;
  worker.system_time += event.system_time;
  worker.max_resident_bytes = std::max(worker.max_resident_bytes, event.max_resident_bytes);
  if (event.end == pool::WorkerEnd::recycled) ++record_.recycled;
  if (event.end != pool::WorkerEnd::left && event.end != pool::WorkerEnd::recycled) {
    const RunTime at = since_start(event.at);
    ++worker.deaths;
    ++record_.deaths;
    if (event.end == pool::WorkerEnd::timed_out) ++record_.timeouts;
    record_.grid.add(worker.death_series, at, at, 1);
    if (record_.drawn_deaths.size() < kDrawnDeaths) {
      record_.drawn_deaths.push_back(
          {key_of(event.worker), at,
           "worker " + std::to_string(event.worker.pid) + " " + std::string(event.how)});
    }
  }
  if (trace_) trace_->note(event);
}

void RunRecorder::note(const pool::CrewStarted& event) noexcept {
  if (event.reason != pool::CrewReason::beginning) {
    if (event.failure.empty()) {
      ++record_.reforks;
    } else {
      ++record_.failed_reforks;
    }
    if (record_.crews.size() < kDrawnCrews) {
      const std::string node = node_names_->of(event.node);
      record_.crews.push_back({node.empty() ? name_of(event) : node + ": " + name_of(event),
                               event.generation, std::string(event.failure),
                               since_start(event.begun), since_start(event.ended)});
    }
  }
  if (trace_) trace_->note(event);
}

void RunRecorder::note(const pool::ZygoteGone& event) noexcept {
  ++record_.zygote_deaths;
  if (trace_) trace_->note(event);
}

void RunRecorder::add_stall(Wait wait, pool::EventTime begun, pool::EventTime ended) {
  StallFacts& facts = record_.stalls[static_cast<std::size_t>(wait)];
  ++facts.count;
  facts.time += ended - begun;
  const RunTime from = since_start(begun);
  const RunTime to = since_start(ended);
  record_.grid.add(record_.stall_series[static_cast<std::size_t>(wait)], from, to,
                   static_cast<double>((to - from).count()));
  if (trace_) trace_->note_stall(host::name_of(wait), begun, ended);
}

void RunRecorder::note(const pool::Stalled& event) noexcept {
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

void RunRecorder::note_shortage(std::string_view why, pool::EventTime at) noexcept {
  ++record_.shortages;
  if (trace_) trace_->note_host("no worker can be started", why, at);
}

void RunRecorder::note_resize(int workers, pool::EventTime at) noexcept {
  ++record_.resizes;
  if (trace_) trace_->note_host("resize", std::to_string(workers) + " workers", at);
}

void RunRecorder::note_pause(bool on, pool::EventTime at) noexcept {
  if (on) {
    paused_since_ = at;
  } else if (paused_since_) {
    add_stall(Wait::paused, *std::exchange(paused_since_, std::nullopt), at);
  }
}

}  // namespace forkmap::host
