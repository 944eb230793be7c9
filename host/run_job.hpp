// SPDX-License-Identifier: Apache-2.0
//
// One run, from the moment its function is known: what is shared by the pool and by --serial.
// Outcomes go to the sink, failures to standard error and to the file of --failures, and everything
// is counted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/plugin/registry_table.hpp"
#include "host/byte_feed.hpp"
#include "host/diagnostics.hpp"
#include "host/failure_file.hpp"
#include "host/failure_log.hpp"
#include "host/item_input.hpp"
#include "host/progress_report.hpp"
#include "host/result_sink.hpp"
#include "host/result_writer.hpp"
#include "host/run_options.hpp"
#include "host/work_summary.hpp"

namespace forkmap::host {

// What a run needs and what can be had before a plugin is loaded, so that a fault ends it early.
struct RunMeans {
  std::unique_ptr<ByteFeed> feed;  // null if items are arguments
  FailureFile failures;
  int output_fd = 1;  // where results go
};
[[nodiscard]] RunMeans prepare_means(const RunOptions& options, int output_fd);

class RunJob {
 public:
  // Throws UsageError: arguments left over by the arity, a result that cannot be reduced.
  RunJob(const RunOptions& options, const plugin::FunctionEntry& function, RunMeans means,
         Diagnostics& diagnostics);

  [[nodiscard]] const std::shared_ptr<ItemInput>& input() noexcept { return input_; }
  [[nodiscard]] const plugin::FunctionEntry& function() const noexcept { return function_; }
  [[nodiscard]] const types::TextRules& rules() const noexcept { return rules_; }
  [[nodiscard]] pool::TextResults text_results() const noexcept { return sink_->wanted(); }
  [[nodiscard]] ResultWriter& writer() noexcept { return writer_; }
  [[nodiscard]] ProgressReport& progress() noexcept { return progress_; }
  [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
  // Of these, what has failed; not what was cancelled.
  [[nodiscard]] std::uint64_t failed() const noexcept { return log_.failed(); }

  // The outcomes of a run of items; they are then settled. Throws ClosedPipe, SystemError.
  void take(const ResultBatch& batch);
  // Writes what can be written now.
  void flush();
  void draw_progress();
  // After the last outcome: what is to be said at the end. Returns the exit status. `complete`: the
  // input was read to its end.
  [[nodiscard]] int finish(bool complete);

 private:
  void take_error(const ItemError& error, std::uint64_t position);
  [[nodiscard]] ProgressFacts facts() const;

  const RunOptions& options_;
  const plugin::FunctionEntry& function_;
  Diagnostics& diagnostics_;
  FailureFile failures_;
  types::TextRules rules_;
  std::shared_ptr<ItemInput> input_;
  ResultWriter writer_;
  std::unique_ptr<ResultSink> sink_;
  FailureLog log_;
  ProgressReport progress_;
  WorkSummary summary_;
  std::optional<std::uint64_t> total_;
  std::uint64_t done_ = 0;
};

}  // namespace forkmap::host
