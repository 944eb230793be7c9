// SPDX-License-Identifier: Apache-2.0
//
// Keeps account of a run, for --trace, --report and --stats: what happens in the pool, what becomes
// of items, how it ends. Outlives the pool that it observes.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/pool/engine.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/input/item_input.hpp"
#include "host/io/output_stream.hpp"
#include "host/io/replaced_file.hpp"
#include "host/options/run_options.hpp"
#include "host/output/item_numbering.hpp"
#include "host/report/run_record.hpp"
#include "host/report/trace_events.hpp"

namespace forkmap::host {

// How a run ended, for people.
struct RunEnding {
  std::string name;  // "finished", "interrupted", "halted", "closed", "broken"
  std::string why = {};
  int exit_status = 0;
};

class RunRecorder final : public pool::PoolObserver {
 public:
  // Null if no such file is wanted. Throws UsageError if one cannot be written.
  [[nodiscard]] static std::unique_ptr<RunRecorder> of(const RunOptions& options,
                                                       Diagnostics& diagnostics,
                                                       std::shared_ptr<const NodeNames> nodes);
  // `nodes` may be named later, but before anything is told of them.
  RunRecorder(const RunOptions& options, Diagnostics& diagnostics,
              std::shared_ptr<const NodeNames> nodes);

  // The run begins: what it runs, and what of its input an earlier run has done. `writer` says
  // whether results wait for their reader; forget_writer() before its end.
  void begin(const RunOptions& options, const plugin::FunctionEntry& function,
             const OutputStream& writer);
  void note_earlier(std::uint64_t items, std::uint64_t failures) noexcept;
  void forget_writer() noexcept;
  // The outcomes of a run of items, whose texts can be had.
  void take(const ResultBatch& batch, const ItemNumbering& numbers, const ItemInput& input);
  // An item was taken, and is to be done in a later run.
  void note_put_off() noexcept;
  // Of the other machines, as it is now; how many workers this one was to have beside them.
  void note_nodes(AllNodesFacts&& facts, int own_workers) {
    record_.others = std::move(facts);
    record_.workers_wanted = own_workers;
  }
  void note_rescues(std::uint64_t rescues) noexcept { record_.rescues = rescues; }
  // Nothing may happen for a while.
  void flush() noexcept;

  // Writes the files that were asked for, if the run had begun. Returns the exit status: the one
  // that is given, or that of output that could not be written, which is then told.
  [[nodiscard]] int close(const RunEnding& ending) noexcept;

  void note(const pool::WorkerReady& event) noexcept override;
  void note(const pool::TaskRan& event) noexcept override;
  void note(const pool::ItemLost& event) noexcept override;
  void note(const pool::WorkerGone& event) noexcept override;
  void note(const pool::CrewStarted& event) noexcept override;
  void note(const pool::ZygoteGone& event) noexcept override;
  void note(const pool::Stalled& event) noexcept override;
  void note_shortage(std::string_view why, pool::EventTime at) noexcept override;
  void note_resize(int workers, pool::EventTime at) noexcept override;
  void note_pause(bool on, pool::EventTime at) noexcept override;

 private:
  [[nodiscard]] RunTime since_start(pool::EventTime time) const noexcept;
  [[nodiscard]] WorkerFacts& facts_of(const WorkerKey& worker);
  void add_process(WorkerFacts& worker, pid_t pid);
  void add_stall(Wait wait, pool::EventTime begun, pool::EventTime ended);
  void take_error(const ItemError& error, std::uint64_t position, const ItemNumbering& numbers,
                  const ItemInput& input);
  void take_measures(const RunEnding& ending);
  void tell_trace_failure(bool is_over);

  Diagnostics& diagnostics_;
  std::shared_ptr<const NodeNames> node_names_;
  pool::EventTime start_ = std::chrono::steady_clock::now();
  bool has_begun_ = false;
  const OutputStream* writer_ = nullptr;
  std::uint64_t output_bytes_before_ = 0;
  std::optional<pool::EventTime> paused_since_;
  std::optional<TraceEvents> trace_;
  std::optional<ReplacedFile> page_;
  std::optional<ReplacedFile> stats_;
  bool trace_failure_told_ = false;
  RunRecord record_;
};

}  // namespace forkmap::host
