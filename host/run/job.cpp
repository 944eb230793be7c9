// SPDX-License-Identifier: Apache-2.0
#include "host/run/job.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "host/cli/exit_codes.hpp"
#include "host/cli/usage_error.hpp"
#include "host/failures/job_log_line.hpp"
#include "host/failures/replay_line.hpp"
#include "host/input/argument_input.hpp"
#include "host/input/line_input.hpp"
#include "host/input/retry_input.hpp"
#include "host/input/sweep.hpp"
#include "host/options/unasked_parameters.hpp"
#include "host/report/run_recorder.hpp"
#include "host/text/item_text.hpp"

namespace forkmap::host {

namespace {

std::shared_ptr<ItemInput> argument_items(const RunOptions& options,
                                          const plugin::FunctionEntry& function) {
  const std::size_t arity = function.signature.arguments.size();
  if (options.is_sweep) {
    auto sweep = std::make_unique<Sweep>(options.items);
    if (sweep->columns() != arity) {
      throw UsageError(function.full_name + " takes " + std::to_string(arity) +
                       (arity == 1 ? " argument" : " arguments") + " an item (" +
                       types::to_text(function.signature) + "), and the sweep has " +
                       std::to_string(sweep->columns()) +
                       (sweep->columns() == 1 ? " list" : " lists") + " (:::), one for each");
    }
    return std::make_shared<ArgumentInput>(std::move(sweep), options.sharding.shard, options.nul);
  }
  const std::size_t left_over = options.items.size() % arity;
  if (left_over != 0) {
    throw UsageError(function.full_name + " takes " + std::to_string(arity) +
                     " arguments an item (" + types::to_text(function.signature) +
                     "), and of the " + std::to_string(options.items.size()) + " that were given " +
                     std::to_string(left_over) + (left_over == 1 ? " is" : " are") + " left over");
  }
  return std::make_shared<ArgumentInput>(std::make_unique<ArgumentTexts>(options.items, arity),
                                         options.sharding.shard, options.nul);
}

std::shared_ptr<ItemInput> line_items(const RunOptions& options, std::unique_ptr<ByteFeed> feed) {
  LineRules rules;
  rules.terminator = options.nul ? '\0' : '\n';
  rules.delimiter = options.delimiter;
  rules.shard = options.sharding.shard;
  return std::make_shared<LineInput>(std::move(feed), rules);
}

std::shared_ptr<ItemInput> input_of(const RunOptions& options,
                                    const plugin::FunctionEntry& function, RunInputs& inputs) {
  if (!options.journal.retry_failures.empty()) {
    return make_retry_input(std::move(inputs.failed_items), options.delimiter, options.nul);
  }
  if (inputs.feed) return line_items(options, std::move(inputs.feed));
  return argument_items(options, function);
}

bool is_replayable(ErrorKind kind) {
  return kind == ErrorKind::worker_died || kind == ErrorKind::timed_out;
}

}  // namespace

RunInputs prepare_inputs(const RunOptions& options, int output_fd) {
  RunInputs inputs;
  inputs.output_fd = output_fd;
  if (!options.journal.retry_failures.empty()) {
    inputs.failed_items = read_failed_items(options.journal.retry_failures);
  } else if (!options.items_from_arguments) {
    inputs.feed = open_feed(options.input);
  }
  const bool is_kept = !options.journal.output.empty();  // then the journal has a say
  if (!options.failures.empty() && !options.dry_run && !is_kept)
    inputs.logs.failures = FailureFile(options.failures);
  if (!options.crashes.folder.empty() && !options.dry_run) {
    inputs.logs.crashes = CrashFiles(options.crashes.folder);
  }
  const OutputOptions& journal = options.journal;
  if (!journal.job_log.empty() && !options.dry_run) {
    inputs.logs.jobs = JobLog(journal.job_log, journal.resume);
  }
  return inputs;
}

RunJob::RunJob(const RunOptions& options, const plugin::FunctionEntry& function, RunInputs inputs,
               Diagnostics& diagnostics)
    : options_(options),
      function_(function),
      diagnostics_(diagnostics),
      journal_(std::move(inputs.journal)),
      logs_(std::move(inputs.logs)),
      node_names_(std::move(inputs.node_names)),
      input_(input_of(options, function, inputs)),
      numbers_(*input_, options.first_item, options.sharding.shard),
      writer_(inputs.output_fd),
      recorder_(inputs.recorder),
      log_(diagnostics),
      progress_(options.progress, !journal_ && ::isatty(inputs.output_fd) == 1, diagnostics) {
  rules_.delimiter = input_->delimiter();
  rules_.terminator = options.nul ? '\0' : '\n';
  rules_.raw = options.nul;
  sink_ = make_sink({{options.reduction, options.format, options.tag, options.fill},
                     function_,
                     *input_,
                     numbers_,
                     writer_,
                     diagnostics_,
                     rules_});
  if (recorder_ != nullptr) recorder_->begin(options, function, writer_);
  if (journal_) take_up();
  total_ = input_->remaining();
}

RunJob::~RunJob() {
  if (recorder_ != nullptr) recorder_->forget_writer();
}

void RunJob::take_up() {
  journal_->compare(*input_);
  earlier_ = journal_->last();
  settled_ = earlier_.settled;
  if (recorder_ != nullptr) recorder_->note_earlier(settled_.count(), earlier_.failures);
  if (journal_->is_finished()) return input_->stop();
  if (earlier_.sequence > 0 && !sink_->restore(earlier_.reduction)) {
    throw UsageError(journal_->output_path() + ": the partial result in its journal is none of " +
                     "this reduction; begin anew with --overwrite");
  }
  journal_->take_up();
  logs_.failures = FailureFile(journal_->failures_path(), earlier_.failure_file.bytes,
                               journal_->take_failure_hash());
  writer_ = OutputStream(journal_->output_fd(), journal_->output_path());
  writer_.vouch_behind(journal_->take_output_hash());
  numbers_.begin_behind(settled_.below());
}

bool RunJob::has_nothing_left() const noexcept { return journal_ && journal_->is_finished(); }

int RunJob::earlier_status() const noexcept {
  return earlier_.failures == 0 ? kSucceeded : kItemsFailed;
}

// Such outcomes come by themselves, not among those of other items.
bool RunJob::is_put_off(const ResultBatch& batch) {
  if (earlier_.settled.contains(earlier_.settled.below() + batch.first)) return true;
  for (const ItemError& error : batch.errors) {
    if (error.kind != ErrorKind::cancelled && error.kind != ErrorKind::not_run) continue;
    has_gap_ = true;
    log_.count(ErrorKind::cancelled);
    if (recorder_ != nullptr) recorder_->note_put_off();
    return true;
  }
  return has_gap_ && (options_.ordered || options_.reduction != Reduction::none);
}

// It may turn out to be the start of a longer line: then the record before it counts.
bool RunJob::has_open_item(const ResultBatch& batch) const {
  const auto open = input_->open_item();
  const std::uint64_t first = earlier_.settled.below() + batch.first;
  return open && *open >= first && *open < first + batch.count;
}

void RunJob::write_record(bool finished) {
  switch (input_->vouched()) {
    case Vouched::yes:
      break;
    case Vouched::not_yet:
      return;
    case Vouched::no:
      throw UsageError("the input has other items behind item " +
                       std::to_string(earlier_.settled.below()) + " than those that are done in " +
                       journal_->output_path() +
                       ", so nothing was added to its journal; give the same input from its "
                       "start, or begin anew with --overwrite");
  }
  writer_.flush_all();
  logs_.failures.flush();
  logs_.failures.sync();
  JournalRecord record;
  record.settled = settled_;
  record.input = input_->place_before(settled_.below());
  record.ahead = input_->ahead();
  const auto open = input_->open_item();
  record.is_open = open && settled_.contains(*open);
  record.input_file = input_->file();
  if (finished) record.whole_input = input_->whole();
  record.output = {earlier_.output.bytes + writer_.bytes_given(), writer_.hash(), {}};
  record.failures = earlier_.failures + failed_;
  record.failure_file = logs_.failures.vouched();
  record.reduction = sink_->state();
  record.finished = finished;
  journal_->commit(std::move(record));
  is_recorded_ = true;
}

void RunJob::keep_journal() {
  if (const auto wait = next_record_in(); wait && wait->count() <= 0) write_record(false);
}

std::optional<std::chrono::nanoseconds> RunJob::next_record_in() const {
  if (is_recorded_ || input_->vouched() == Vouched::not_yet) return std::nullopt;
  return journal_->next_due() - std::chrono::steady_clock::now();
}

void RunJob::save() noexcept {
  try {
    writer_.flush_all();
    if (!is_recorded_) write_record(false);
  } catch (...) {
    // What ends the run is told by who caught it, and the records so far hold.
  }
}

void RunJob::take(const ResultBatch& batch) {
  if (journal_ && is_put_off(batch)) return input_->settle(batch.first, batch.count);
  if (journal_ && has_open_item(batch) && !is_recorded_) write_record(false);
  const std::uint64_t given_bytes = writer_.bytes_given();
  sink_->take(batch);
  if (logs_.jobs) log_task(batch, writer_.bytes_given() - given_bytes);
  if (recorder_ != nullptr) recorder_->take(batch, numbers_, *input_);
  if (!batch.errors.empty()) {
    // Errors stand in the order of items, so each is found without looking back.
    std::uint64_t item = 0;
    for (const ItemError& error : batch.errors) {
      while (batch.status[item] == FORKMAP_STATUS_VALUE) ++item;
      take_error(error, batch.first + item++);
    }
  }
  if (options_.summary) slowest_.take(batch, numbers_, *input_);
  summary_.add(batch.node, batch.worker, batch.pid, batch.count);
  done_ += batch.count;
  const auto uncalled = std::ranges::count_if(
      batch.errors, [](const ItemError& error) { return !has_run(error.kind); });
  has_called_ = has_called_ || batch.count > static_cast<std::uint64_t>(uncalled);
  if (journal_) {
    if (batch.count > 0) settled_.add(earlier_.settled.below() + batch.first, batch.count);
    input_->vouch_for(batch.first, batch.count, settled_.below());
    is_recorded_ = false;
  }
  input_->settle(batch.first, batch.count);
}

void RunJob::log_task(const ResultBatch& batch, std::uint64_t result_bytes) {
  auto task = job_log_line(numbers_, function_, *input_, batch);
  if (!task) return;
  task->received_bytes = result_bytes;
  if (batch.node != 0) task->host = node_names_->of(batch.node);
  logs_.jobs.append(*task);
}

void RunJob::take_error(const ItemError& error, std::uint64_t position) {
  ++failed_;
  const std::uint64_t number = numbers_.number_of(position);
  log_.group(number, error);
  const bool is_told = log_.wants(error.kind);
  if (!is_told && !logs_.failures) {
    log_.count(error.kind);
    return;
  }
  std::string text;
  input_->read_texts(position, 1, [&text](std::string_view found) { text = found; });
  const char delimiter = input_->delimiter();
  const std::string replay =
      is_replayable(error.kind) ? replay_line(options_, function_, number, text, delimiter) : "";
  const std::string node = node_names_->of(error.node);
  if (logs_.failures) {
    std::string columns;
    append_tag(text, delimiter, options_.nul || delimiter == '\0', columns);
    logs_.failures.append(number, columns, error, node, replay);
  }
  if (is_told) {
    log_.report(number, shown_item(text, delimiter), error, node, replay);
  } else {
    log_.count(error.kind);
  }
}

void RunJob::take_crash(const CrashReport& report) {
  if (!logs_.crashes) return;
  std::string text;
  input_->read_texts(report.position, 1, [&text](std::string_view found) { text = found; });
  const char delimiter = input_->delimiter();
  const std::uint64_t number = numbers_.number_of(report.position);
  // Of a call for many items nobody knows which of them it is.
  const std::string replay =
      report.count == 1 ? replay_line(options_, function_, number, text, delimiter) : "";
  std::string columns;
  append_tag(text, delimiter, true, columns);
  logs_.crashes.write(
      report,
      {.number = number, .text = columns, .replay = replay, .node = node_names_->of(report.node)},
      diagnostics_);
}

void RunJob::tell_unasked(const types::Parameters& parameters) {
  if (!has_called_) return;
  for (const std::string& notice : unasked_notices(parameters)) diagnostics_.say(notice);
}

void RunJob::flush() {
  writer_.flush();
  if (logs_.failures) logs_.failures.flush();
  if (logs_.jobs) logs_.jobs.flush();
  if (recorder_ != nullptr) recorder_->flush();
}

ProgressFacts RunJob::facts() const {
  ProgressFacts facts{
      .done = done_, .failed = log_.total(), .total = total_, .fraction = input_->fraction()};
  if (const auto shares = input_->shares(done_)) {
    facts.done_fraction = shares->done;
    facts.begun_fraction = shares->begun;
  }
  return facts;
}

void RunJob::draw_progress() {
  if (progress_.is_due()) progress_.update(facts());
}

int RunJob::finish(bool complete) {
  progress_.finish(facts());
  log_.finish(options_.summary);
  const std::uint64_t failed = earlier_.failures + log_.total();
  // A reduction over a part of the items is no result.
  // A longer input goes on from before the one line that it ends with.
  const bool is_reduced = options_.reduction != Reduction::none;
  if (journal_ && is_reduced && complete && !has_gap_) write_record(false);
  const bool has_result = sink_->finish(complete ? failed : failed + 1);
  if (options_.summary) {
    diagnostics_.print(summary_.table(*node_names_));
    if (const std::string slow = slowest_.text(); !slow.empty()) diagnostics_.say(slow);
  }
  writer_.flush_all();
  if (logs_.failures) logs_.failures.flush();
  if (logs_.jobs) logs_.jobs.flush();
  if (journal_) {
    const bool finished = complete && !has_gap_ && has_result;
    write_record(finished);
    if (!finished) {
      diagnostics_.say(journal_->output_path() + " is unfinished: it has the results of " +
                       std::to_string(journal_->last().settled.count()) +
                       " items; --resume goes on");
    }
  }
  if (!are_logs_there()) return kCannotGoOn;
  return failed == 0 && has_result ? kSucceeded : kItemsFailed;
}

bool RunJob::are_logs_there() {
  bool are_there = true;
  for (const AppendedFile* const file : {&logs_.failures.file(), &logs_.jobs.file()}) {
    const std::string change = file->change_by_others();
    if (change.empty()) continue;
    diagnostics_.say(change + ", so what it tells of the run is not all there; the results are");
    are_there = false;
  }
  return are_there;
}

}  // namespace forkmap::host
