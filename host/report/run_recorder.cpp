// SPDX-License-Identifier: Apache-2.0
#include "host/report/run_recorder.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "host/cli/exit_codes.hpp"
#include "host/failures/printed_text.hpp"
#include "host/report/page.hpp"
#include "host/report/stats_json.hpp"
#include "host/report/used_options.hpp"
#include "host/text/item_text.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kExamplesOfEachKind = 5;
constexpr std::size_t kLongestMessageBytes = 2000;

std::chrono::microseconds micros_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

std::unique_ptr<RunAccount> RunAccount::of(const RunOptions& options, Diagnostics& diagnostics) {
  if (!options.seeing.any()) return nullptr;
  return std::make_unique<RunAccount>(options, diagnostics);
}

RunAccount::RunAccount(const RunOptions& options, Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
  const SeeingOptions& seeing = options.seeing;
  if (!seeing.report.empty()) page_.emplace(seeing.report);
  if (!seeing.stats.empty()) stats_.emplace(seeing.stats);
  if (!seeing.trace.empty()) trace_.emplace(seeing.trace, seeing.trace_limit_bytes, start_);
  facts_.begun_date = std::chrono::system_clock::now();
  facts_.item_series = facts_.grid.add_series();
  facts_.failure_series = facts_.grid.add_series();
  for (std::size_t& series : facts_.stall_series) series = facts_.grid.add_series();
  if (trace_) trace_->begin("forkmap run " + options.function);
}

void RunAccount::begin(const RunOptions& options, const plugin::FunctionEntry& function,
                       const ResultWriter& writer) {
  has_begun_ = true;
  facts_.version = FORKMAP_VERSION;
  facts_.function = function.full_name;
  facts_.signature = types::to_text(function.signature);
  if (function.plugin != nullptr) {
    facts_.plugin_name = function.plugin->name;
    facts_.plugin_version = function.plugin->version;
    facts_.plugin_path = function.plugin->path;
    facts_.build_id = function.plugin->identity.build_id;
  }
  facts_.options = used_options(options);
  facts_.machine = machine_facts();
  facts_.is_serial = options.serial;
  facts_.workers_wanted = options.serial        ? 1
                          : options.workers > 0 ? options.workers
                                                : default_workers();
  writer_ = &writer;
}

void RunAccount::note_earlier(std::uint64_t items, std::uint64_t failures) noexcept {
  facts_.earlier_items = items;
  facts_.earlier_failures = failures;
}

void RunAccount::forget_writer() noexcept {
  if (writer_ != nullptr) facts_.output_bytes = writer_->bytes_given();
  writer_ = nullptr;
}

void RunAccount::take(const ResultBatch& batch, const ItemNumbering& numbers,
                      const ItemInput& input) {
  facts_.items += batch.count;
  facts_.slowest.take(batch, numbers, input);
  input.read_texts(batch.first, batch.count,
                   [this](std::string_view text) { facts_.input_bytes += text.size(); });
  std::uint64_t item = 0;
  for (const ItemError& error : batch.errors) {
    while (batch.status[item] == FORKMAP_STATUS_VALUE) ++item;
    take_error(error, batch.first + item++, numbers, input);
  }
}

void RunAccount::take_error(const ItemError& error, std::uint64_t position,
                            const ItemNumbering& numbers, const ItemInput& input) {
  facts_.groups.add(error, numbers.number_of(position));
  FailureFacts& facts = facts_.failures[error.kind];
  ++facts.count;
  if (error.kind == ErrorKind::cancelled || facts.examples.size() >= kExamplesOfEachKind) return;
  FailureExample& example = facts.examples.emplace_back();
  example.item = numbers.number_of(position);
  input.read_texts(position, 1, [&](std::string_view text) {
    example.text = shown_item(text, input.delimiter());
  });
  example.message = error.message.substr(0, kLongestMessageBytes);
  if (!error.printed.empty()) {
    example.message += "\n" + printed_line(error.printed, error.printed_since, error.index);
  }
}

void RunAccount::note_put_off() noexcept {
  ++facts_.items;
  ++facts_.failures[ErrorKind::cancelled].count;
}

void RunAccount::flush() noexcept {
  if (trace_) trace_->flush_now_and_then();
  tell_trace_failure();
}

void RunAccount::tell_trace_failure() {
  if (!trace_ || trace_->failure().empty() || std::exchange(trace_failure_told_, true)) return;
  diagnostics_.say(trace_->failure() + "; the run goes on without a trace");
}

void RunAccount::take_measures(const RunEnding& ending) {
  const auto now = std::chrono::steady_clock::now();
  forget_writer();
  facts_.ending = ending.name;
  facts_.why = ending.why;
  facts_.exit_status = ending.exit_status;
  facts_.wall = since_start(now);
  facts_.grid.reach(facts_.wall);
  rusage own{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  facts_.host_user = micros_of(own.ru_utime);
  facts_.host_system = micros_of(own.ru_stime);
  facts_.children_user = micros_of(children.ru_utime);
  facts_.children_system = micros_of(children.ru_stime);
  facts_.host_peak_bytes = static_cast<std::uint64_t>(own.ru_maxrss) * 1024;
  if (trace_)
    trace_->finish(ending.why.empty() ? ending.name : ending.name + ": " + ending.why, now);
}

int RunAccount::close(const RunEnding& ending) noexcept {
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
    if (stats_) stats_->write(stats_json(facts_));
  });
  written([&] {
    if (page_) page_->write(report_page(facts_));
  });
  written([&] { tell_trace_failure(); });
  if (trace_ && !trace_->failure().empty()) status = kCannotGoOn;
  return status;
}

}  // namespace forkmap::host
