// SPDX-License-Identifier: Apache-2.0
#include "host/run_job.hpp"

#include <unistd.h>

#include <string>
#include <utility>

#include "host/argument_input.hpp"
#include "host/exit_codes.hpp"
#include "host/item_text.hpp"
#include "host/line_input.hpp"
#include "host/replay_line.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

std::shared_ptr<ItemInput> argument_items(const RunOptions& options,
                                          const plugin::FunctionEntry& function) {
  const std::size_t arity = function.signature.arguments.size();
  const std::size_t left_over = options.items.size() % arity;
  if (left_over != 0) {
    throw UsageError(function.full_name + " takes " + std::to_string(arity) +
                     " arguments an item (" + types::to_text(function.signature) +
                     "), and of the " + std::to_string(options.items.size()) + " that were given " +
                     std::to_string(left_over) + (left_over == 1 ? " is" : " are") + " left over");
  }
  return std::make_shared<ArgumentInput>(options.items, arity, options.shard, options.nul);
}

std::shared_ptr<ItemInput> line_items(const RunOptions& options, std::unique_ptr<ByteFeed> feed) {
  LineRules rules;
  rules.terminator = options.nul ? '\0' : '\n';
  rules.delimiter = options.delimiter;
  rules.shard = options.shard;
  return std::make_shared<LineInput>(std::move(feed), rules);
}

bool is_replayable(ErrorKind kind) {
  return kind == ErrorKind::worker_died || kind == ErrorKind::timed_out;
}

}  // namespace

RunMeans prepare_means(const RunOptions& options, int output_fd) {
  RunMeans means;
  means.output_fd = output_fd;
  if (!options.items_from_arguments) means.feed = open_feed(options.input);
  if (!options.failures.empty() && !options.dry_run) means.failures = FailureFile(options.failures);
  return means;
}

RunJob::RunJob(const RunOptions& options, const plugin::FunctionEntry& function, RunMeans means,
               Diagnostics& diagnostics)
    : options_(options),
      function_(function),
      diagnostics_(diagnostics),
      failures_(std::move(means.failures)),
      input_(means.feed ? line_items(options, std::move(means.feed))
                        : argument_items(options, function)),
      writer_(means.output_fd),
      log_(diagnostics),
      progress_(options.progress, ::isatty(means.output_fd) == 1, diagnostics),
      total_(input_->remaining()) {
  rules_.delimiter = input_->delimiter();
  rules_.terminator = options.nul ? '\0' : '\n';
  rules_.raw = options.nul;
  sink_ = make_sink({options_, function_, *input_, writer_, diagnostics_, rules_});
}

void RunJob::take(const ResultBatch& batch) {
  sink_->take(batch);
  if (!batch.errors.empty()) {
    // Errors stand in the order of items, so each is found without looking back.
    std::uint64_t item = 0;
    for (const ItemError& error : batch.errors) {
      while (batch.status[item] == FORKMAP_STATUS_VALUE) ++item;
      take_error(error, batch.first + item++);
    }
  }
  summary_.add(batch.worker, batch.pid, batch.count);
  done_ += batch.count;
  input_->settle(batch.first, batch.count);
}

void RunJob::take_error(const ItemError& error, std::uint64_t position) {
  const bool is_told = log_.wants(error.kind);
  if (!is_told && !failures_) {
    log_.count(error.kind);
    return;
  }
  std::string text;
  input_->read_texts(position, 1, [&text](std::string_view found) { text = found; });
  const char delimiter = input_->delimiter();
  const std::uint64_t number = item_number(options_, position);
  const std::string replay =
      is_replayable(error.kind) ? replay_line(options_, function_, number, text, delimiter) : "";
  if (failures_) {
    std::string columns;
    append_tag(text, delimiter, options_.nul || delimiter == '\0', columns);
    failures_.append(number, columns, error, replay);
  }
  if (is_told) {
    log_.report(number, shown_item(text, delimiter), error, replay);
  } else {
    log_.count(error.kind);
  }
}

void RunJob::flush() {
  writer_.flush();
  if (failures_) failures_.flush();
}

ProgressFacts RunJob::facts() const {
  return {.done = done_, .failed = log_.total(), .total = total_, .fraction = input_->fraction()};
}

void RunJob::draw_progress() {
  if (progress_.is_due()) progress_.update(facts());
}

int RunJob::finish(bool complete) {
  progress_.finish(facts());
  log_.finish();
  const std::uint64_t failed = log_.total();
  // A reduction over a part of the items is no result.
  const bool has_result = sink_->finish(complete ? failed : failed + 1);
  if (options_.summary) diagnostics_.print(summary_.table());
  writer_.flush_all();
  if (failures_) failures_.flush();
  return failed == 0 && has_result ? kSucceeded : kItemsFailed;
}

}  // namespace forkmap::host
