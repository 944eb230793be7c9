// SPDX-License-Identifier: Apache-2.0
//
// One run, from the moment its function is known: what is shared by the pool and by --serial.
// Outcomes go to the sink, failures to standard error and to the file of --failures, and everything
// is counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/failures/failure_log.hpp"
#include "host/failures/run_logs.hpp"
#include "host/input/failed_items.hpp"
#include "host/input/item_input.hpp"
#include "host/io/byte_feed.hpp"
#include "host/io/output_stream.hpp"
#include "host/journal/output_journal.hpp"
#include "host/options/run_options.hpp"
#include "host/output/item_numbering.hpp"
#include "host/output/result_sink.hpp"
#include "host/output/worker_summary.hpp"
#include "host/report/slowest_items.hpp"
#include "host/text/node_names.hpp"
#include "host/watch/progress.hpp"

namespace forkmap::host {

class RunRecorder;

// What a run needs and what can be had before a plugin is loaded, so that a fault ends it early.
struct RunInputs {
  std::unique_ptr<ByteFeed> feed;        // null if items are not lines
  std::vector<FailedItem> failed_items;  // of --retry-failures
  RunLogs logs;
  int output_fd = 1;                // where results go if there is no journal
  RunRecorder* recorder = nullptr;  // null: nobody wants one; else it outlives the job
  JournalFacts threads;             // settle_threads()
  // They may be known later than the rest.
  std::shared_ptr<const NodeNames> node_names = std::make_shared<NodeNames>();
  std::unique_ptr<OutputJournal> journal;
};
[[nodiscard]] RunInputs prepare_inputs(const RunOptions& options, int output_fd);

class RunJob {
 public:
  // Throws UsageError: arguments left over by the arity, a result that cannot be reduced, files of
  // an earlier run that cannot be taken up.
  RunJob(const RunOptions& options, const plugin::FunctionEntry& function, RunInputs inputs,
         Diagnostics& diagnostics);
  ~RunJob();
  RunJob(const RunJob&) = delete;
  RunJob& operator=(const RunJob&) = delete;

  [[nodiscard]] const RunOptions& options() const noexcept { return options_; }
  // An earlier run has finished it all.
  [[nodiscard]] bool has_nothing_left() const noexcept;
  [[nodiscard]] int earlier_status() const noexcept;
  [[nodiscard]] const ItemNumbering& numbers() const noexcept { return numbers_; }
  [[nodiscard]] const std::shared_ptr<ItemInput>& input() noexcept { return input_; }
  [[nodiscard]] const plugin::FunctionEntry& function() const noexcept { return function_; }
  [[nodiscard]] const types::TextRules& rules() const noexcept { return rules_; }
  [[nodiscard]] pool::TextResults text_results() const noexcept { return sink_->wanted(); }
  [[nodiscard]] const OutputStream& writer() const noexcept { return writer_; }
  [[nodiscard]] OutputStream& writer() noexcept { return writer_; }
  [[nodiscard]] ProgressReport& progress() noexcept { return progress_; }
  [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
  [[nodiscard]] RunRecorder* recorder() noexcept { return recorder_; }
  [[nodiscard]] const NodeNames& node_names() const noexcept { return *node_names_; }
  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
  // Of these, what has failed; not what was cancelled.
  [[nodiscard]] std::uint64_t failed() const noexcept { return log_.failed(); }

  // After the stop hooks: what parameters nobody asked for, if the function was called at all.
  void tell_unasked(const types::Parameters& parameters);

  // The outcomes of a run of items; they are then settled. Throws ClosedPipe, SystemError.
  void take(const ResultBatch& batch);
  // A worker died while an item ran, which may be tried again.
  void take_crash(const CrashReport& report);
  // Writes what can be written now.
  void flush();
  // Writes a record, if one is due. What is done until then counts, whatever happens.
  void keep_journal();
  // Nothing if no record is to be written, else the time until then.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_record_in() const;
  // The run cannot go on: the results that are there and a last record, as far as that is possible.
  void save() noexcept;
  void draw_progress();
  [[nodiscard]] ProgressFacts facts() const;  // but for `elapsed`
  // After the last outcome: what is to be said at the end. Returns the exit status. `complete`: the
  // input was read to its end.
  [[nodiscard]] int finish(bool complete);

 private:
  void take_error(const ItemError& error, std::uint64_t position);
  void log_task(const ResultBatch& batch, std::uint64_t result_bytes);
  void take_up();
  // Whether the batch was done in an earlier run, or is to be done in a later one.
  [[nodiscard]] bool is_put_off(const ResultBatch& batch);
  [[nodiscard]] bool has_open_item(const ResultBatch& batch) const;
  void write_record(bool finished);
  // The files that the run has appended to are as they were written; else it is told.
  [[nodiscard]] bool are_logs_there();

  RunOptions options_;
  const plugin::FunctionEntry& function_;
  Diagnostics& diagnostics_;
  std::unique_ptr<OutputJournal> journal_;
  RunLogs logs_;
  std::shared_ptr<const NodeNames> node_names_;
  types::TextRules rules_;
  std::shared_ptr<ItemInput> input_;
  ItemNumbering numbers_;  // of the items that are left to do
  OutputStream writer_;
  RunRecorder* recorder_;
  std::unique_ptr<ResultSink> sink_;
  FailureLog log_;
  ProgressReport progress_;
  WorkerSummary summary_;
  SlowestItems slowest_;
  std::optional<std::uint64_t> total_;
  std::uint64_t done_ = 0;
  JournalRecord earlier_;     // what was done before this run
  SettledItems settled_;      // of the whole input; not kept without a journal
  std::uint64_t failed_ = 0;  // in this run; not those that were put off
  bool has_called_ = false;   // the function, for an item
  bool has_gap_ = false;      // in order, nothing behind it is written
  bool is_recorded_ = true;
};

}  // namespace forkmap::host
