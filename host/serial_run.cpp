// SPDX-License-Identifier: Apache-2.0
#include "host/serial_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/process_state.hpp"
#include "core/base/unique_fd.hpp"
#include "core/plugin/serial_call.hpp"
#include "core/types/caught_exception.hpp"
#include "core/types/text_format.hpp"
#include "host/foreign_code.hpp"
#include "host/halt_watch.hpp"
#include "host/run_account.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstTextBytes = 1 << 16;
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);
// A write an item would cost more than most items. A short run can have it.
constexpr int kWriteShare = 10;
constexpr std::uint64_t kItemsWithWrite = 1000;

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

// The working directory and the umask, which functions and hooks may change and in which files of
// the command line are made. As in a worker, each item finds them as they were.
class StartPlace {
 public:
  StartPlace() : folder_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  void return_to() const noexcept {
    if (folder_) [[maybe_unused]]
      const int failed = ::fchdir(folder_.get());
    ::umask(umask_);
  }

 private:
  base::UniqueFd folder_;  // none: the working directory cannot be opened
  mode_t umask_ = base::current_umask();
};

class SerialRun {
 public:
  SerialRun(const plugin::SerialSession& session, const RunOptions& options, RunJob& job,
            ForeignCode& foreign_code, const StartPlace& place)
      : session_(session),
        foreign_code_(foreign_code),
        place_(place),
        options_(options),
        job_(job),
        halt_(options, job),
        last_write_(Clock::now()) {}

  void run() {
    for (;;) {
      const ItemSource::Fill fill = row_.fetch(*job_.input());
      if (row_.has_text()) {
        write_now_and_then();
        while (job_.writer().is_full()) wait(-1);
        run_item(row_.text());
      } else if (fill == ItemSource::Fill::failed) {
        fail(job_.input()->take_error());
      } else if (fill == ItemSource::Fill::end) {
        return;
      } else if (fill == ItemSource::Fill::pause) {
        wait(job_.input()->awaited_fd());
      }
      if (halt_.is_met_now({.done = job_.done(), .failed = job_.failed()})) job_.input()->stop();
      job_.keep_journal();
      job_.draw_progress();
    }
  }
  [[nodiscard]] int finish() {
    // How many there are in all may only be known now.
    const std::uint64_t done = job_.done();
    static_cast<void>(halt_.is_met_now({.done = done, .failed = job_.failed(), .total = done}));
    return halt_.status(job_.finish(!job_.input()->stopped()));
  }

 private:
  // The function may end this process, so what is finished should be out. What waits is written by
  // ForeignCode, but not after SIGKILL; so it does not wait for longer than ten writes take.
  void write_now_and_then() {
    const auto now = Clock::now();
    if (position_ >= kItemsWithWrite && now - last_write_ < kWriteShare * write_time_) return;
    job_.flush();
    last_write_ = Clock::now();
    write_time_ = last_write_ - now;
  }

  // For input, for room for the results, or until something is due. -1: no input is waited for.
  void wait(int input_fd) {
    job_.flush();
    job_.keep_journal();
    job_.draw_progress();
    if (job_.writer().can_write()) return;
    int limit_ms = -1;
    const auto consider = [&limit_ms](std::optional<std::chrono::nanoseconds> due) {
      if (!due) return;
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::max(*due, {}));
      const int wait_ms = static_cast<int>(std::min(wait, kLongestWait).count());
      limit_ms = limit_ms < 0 ? wait_ms : std::min(limit_ms, wait_ms);
    };
    consider(job_.next_record_in());
    consider(job_.progress().next_in());
    const int output_fd = job_.writer().awaited_fd();
    if (input_fd < 0 && output_fd < 0) return;
    pollfd wanted[] = {{.fd = input_fd, .events = POLLIN, .revents = 0},
                       {.fd = output_fd, .events = POLLOUT, .revents = 0}};
    ::poll(wanted, std::size(wanted), limit_ms);
    if (output_fd >= 0) job_.flush();
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
    const std::uint64_t number = item_number(options_, *job_.input(), position_);
    foreign_code_.begin_item(number);
    try {
      call_->run(number - 1, options_.shard.count);
    } catch (...) {
      if (types::caught_forced_unwind()) foreign_code_.leave_after_pthread_exit();
      throw;
    }
    foreign_code_.end();
    place_.return_to();
    if (is_timed) batch_.ended = Clock::now();
    if (job_.account() != nullptr) note_run();
    if (call_->status(0) != FORKMAP_STATUS_VALUE) {
      ItemError error;
      error.kind = call_->error_kind(0);
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
  ForeignCode& foreign_code_;
  const StartPlace& place_;
  const RunOptions& options_;
  RunJob& job_;
  HaltWatch halt_;
  TextRow row_;
  std::unique_ptr<plugin::SerialCall> call_;
  ResultBatch batch_;
  unsigned char status_ = 0;
  std::uint64_t position_ = 0;
  Clock::time_point last_write_;
  Clock::duration write_time_{};  // that the last one took
};

}  // namespace

int run_serially(Registry& registry, RunJob& job, ForeignCode& foreign_code) {
  const StartPlace place;
  foreign_code.set_results(&job.writer());
  foreign_code.begin("a preload or start hook");
  registry.prepare_serial(job.options().parameters, job.options().seed);
  foreign_code.end();
  place.return_to();
  SerialRun run(registry.serial_session(), job.options(), job, foreign_code, place);
  run.run();
  const int status = run.finish();
  foreign_code.keep_status(status, nullptr);
  foreign_code.begin("a stop hook");
  registry.serial_session().stop();
  foreign_code.end();
  foreign_code.set_results(nullptr);
  place.return_to();
  job.tell_unasked(*registry.serial_session().environment().parameters);
  return status;
}

}  // namespace forkmap::host
