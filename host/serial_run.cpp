// SPDX-License-Identifier: Apache-2.0
#include "host/serial_run.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/serial_call.hpp"
#include "core/types/text_format.hpp"
#include "host/halt_watch.hpp"
#include "host/run_account.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstTextBytes = 1 << 16;
constexpr auto kUnwrittenTime = std::chrono::milliseconds(1);

// One item's text, taken from the input.
class TextRow {
 public:
  TextRow() : bytes_(kFirstTextBytes) {}

  // Like ItemInput::fill() for one item, with as much room as it takes.
  ItemSource::Fill fetch(ItemInput& input) {
    for (;;) {
      column_.type = FORKMAP_STR;
      column_.ends = ends_;
      block_ = {};
      block_.columns = &column_;
      block_.column_count = 1;
      block_.bytes = bytes_.data();
      block_.bytes_capacity = bytes_.size();
      block_.capacity_items = 1;
      const ItemSource::Fill fill = input.stopped() ? ItemSource::Fill::end : input.fill(block_, 1);
      if (fill != ItemSource::Fill::full || block_.count > 0) return fill;
      bytes_.resize(bytes_.size() * 2);
    }
  }
  [[nodiscard]] bool has_text() const noexcept { return block_.count > 0; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), block_.bytes_used};
  }

 private:
  std::vector<unsigned char> bytes_;
  std::uint64_t ends_[2] = {};
  forkmap_result_column column_{};
  InputBlock block_;
};

class SerialRun {
 public:
  SerialRun(const plugin::SerialSession& session, const RunOptions& options, RunJob& job)
      : session_(session),
        options_(options),
        job_(job),
        halt_(options, job),
        last_write_(Clock::now()) {}

  void run() {
    for (;;) {
      const ItemSource::Fill fill = row_.fetch(*job_.input());
      if (row_.has_text()) {
        write_now_and_then();
        run_item(row_.text());
      } else if (fill == ItemSource::Fill::failed) {
        fail(job_.input()->take_error());
      } else if (fill == ItemSource::Fill::end) {
        return;
      } else if (fill == ItemSource::Fill::pause) {
        wait_for_input();
      }
      if (halt_.is_met_now({.done = job_.done(), .failed = job_.failed()})) job_.input()->stop();
      job_.keep_journal();
      job_.draw_progress();
    }
  }
  [[nodiscard]] int finish() { return halt_.status(job_.finish(!job_.input()->stopped())); }

 private:
  // The function may crash, so what is finished should be out; a write for each item would cost
  // more than most items.
  void write_now_and_then() {
    const auto now = Clock::now();
    if (now - last_write_ < kUnwrittenTime) return;
    job_.flush();
    last_write_ = now;
  }

  void wait_for_input() {
    job_.flush();
    int limit_ms = -1;
    if (const auto due = job_.next_record_in()) {
      limit_ms = static_cast<int>(
          std::chrono::ceil<std::chrono::milliseconds>(std::max(*due, {})).count());
    }
    pollfd wanted = {.fd = job_.input()->awaited_fd(), .events = POLLIN, .revents = 0};
    ::poll(&wanted, 1, limit_ms);
  }

  void run_item(std::string_view text) {
    types::BadText bad;
    switch (parse(text, bad)) {
      case types::ParseOutcome::row:
        break;
      case types::ParseOutcome::full:  // parse() made room
      case types::ParseOutcome::bad:
        ItemError error;
        error.kind = ErrorKind::bad_item;
        error.message = bad.reason;
        error.column = bad.column;
        fail(std::move(error));
        return;
    }
    const bool is_timed =
        job_.account() != nullptr || options_.summary || !options_.journal.job_log.empty();
    if (is_timed) batch_.begun = Clock::now();
    call_->run(item_number(options_, *job_.input(), position_) - 1, options_.shard.count);
    if (is_timed) batch_.ended = Clock::now();
    if (job_.account() != nullptr) note_run();
    if (call_->status(0) != FORKMAP_STATUS_VALUE) {
      ItemError error;
      error.kind = call_->status(0) == FORKMAP_STATUS_PAYLOAD_TOO_LARGE
                       ? ErrorKind::payload_too_large
                       : ErrorKind::function_error;
      error.message = call_->message(0);
      fail(std::move(error));
      return;
    }
    const auto results = call_->results();
    batch_.columns.assign(results.begin(), results.end());
    deliver(FORKMAP_STATUS_VALUE);
  }

  types::ParseOutcome parse(std::string_view text, types::BadText& bad) {
    if (!call_) make_call(kFirstTextBytes);
    for (;;) {
      call_->clear();
      InputBlock& inputs = call_->inputs();
      const types::ParseOutcome outcome =
          types::parse_row(text, job_.rules(), call_->input_layout(), call_->input_base(), 0,
                           inputs.bytes_used, inputs.bytes_capacity, bad);
      if (outcome == types::ParseOutcome::row) inputs.count = 1;
      if (outcome != types::ParseOutcome::full) return outcome;
      make_call(inputs.bytes_capacity * 2);
    }
  }

  void make_call(std::uint64_t input_bytes) {
    call_ = std::make_unique<plugin::SerialCall>(session_, job_.function(), 1, input_bytes);
  }

  void fail(ItemError error) {
    error.index = item_number(options_, *job_.input(), position_) - 1;
    error.function = job_.function().full_name;
    batch_.columns.clear();
    batch_.errors.push_back(std::move(error));
    deliver(FORKMAP_STATUS_FUNCTION_ERROR);
    batch_.errors.clear();
  }

  // The host is the one worker that there is.
  void note_run() {
    const bool is_value = call_->status(0) == FORKMAP_STATUS_VALUE;
    job_.account()->note(
        pool::TaskRan{.worker = {0, ::getpid()},
                      .function = &job_.function(),
                      .first_index = item_number(options_, *job_.input(), position_) - 1,
                      .index_stride = options_.shard.count,
                      .items = 1,
                      .failed = is_value ? 0U : 1U,
                      .begun = batch_.begun,
                      .ended = batch_.ended});
  }

  void deliver(unsigned char status) {
    status_ = status;
    batch_.first = position_++;
    batch_.count = 1;
    batch_.status = &status_;
    batch_.worker = 0;
    batch_.pid = ::getpid();
    job_.take(batch_);
    batch_.begun = batch_.ended = {};
  }

  const plugin::SerialSession& session_;
  const RunOptions& options_;
  RunJob& job_;
  HaltWatch halt_;
  TextRow row_;
  std::unique_ptr<plugin::SerialCall> call_;
  ResultBatch batch_;
  unsigned char status_ = 0;
  std::uint64_t position_ = 0;
  Clock::time_point last_write_;
};

}  // namespace

int run_serially(Registry& registry, RunJob& job) {
  registry.prepare_serial(job.options().parameters, job.options().seed);
  SerialRun run(registry.serial_session(), job.options(), job);
  run.run();
  const int status = run.finish();
  registry.serial_session().stop();
  return status;
}

}  // namespace forkmap::host
