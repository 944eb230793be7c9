// SPDX-License-Identifier: Apache-2.0
#include "host/run/serial_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <forkmap/error.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/process_state.hpp"
#include "core/base/unique_fd.hpp"
#include "core/serial/serial_pool.hpp"
#include "core/types/caught_exception.hpp"
#include "host/foreign/code_watch.hpp"
#include "host/report/run_recorder.hpp"
#include "host/run/halt_watch.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);
// A write an item would cost more than most items. A short run can have it.
constexpr int kWriteShare = 10;
constexpr std::uint64_t kItemsWithWrite = 1000;

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

// What the function may do to this process.
class ItemWatch final : public pool::SerialWatch {
 public:
  ItemWatch(CodeWatch& foreign_code, const StartPlace& place)
      : foreign_code_(foreign_code), place_(place) {}
  void begin(std::uint64_t index) override { foreign_code_.begin_item(index + 1); }
  void end() override {
    foreign_code_.end();
    place_.return_to();
  }

 private:
  CodeWatch& foreign_code_;
  const StartPlace& place_;
};

class SerialRun {
 public:
  SerialRun(const plugin::SerialSession& session, const RunOptions& options, RunJob& job,
            CodeWatch& foreign_code, const StartPlace& place)
      : foreign_code_(foreign_code),
        job_(job),
        halt_(options.limits.halt, options.reduction != Reduction::none, job),
        watch_(foreign_code, place),
        pool_(session, &watch_, job.recorder()),
        last_write_(Clock::now()) {
    pool::MapRequest request;
    request.function = &job.function();
    request.source = source_over(job.input());
    request.text = job.rules();
    request.timed =
        job.recorder() != nullptr || options.summary || !options.journal.job_log.empty();
    request.first_index = job.numbers().first() - 1;
    request.index_stride = job.numbers().stride();
    map_ = pool_.open(std::move(request));
  }

  void run() {
    do {
      write_now_and_then();
      while (job_.writer().is_full()) wait(-1);
      if (!run_item() && !pool::SerialPool::is_over(*map_)) wait(job_.input()->awaited_fd());
      if (halt_.is_met_now({.done = job_.done(), .failed = job_.failed()})) job_.input()->stop();
      job_.keep_journal();
      job_.draw_progress();
    } while (!pool::SerialPool::is_over(*map_));
  }
  [[nodiscard]] int finish() {
    // How many there are in all may only be known now.
    const std::uint64_t done = job_.done();
    static_cast<void>(halt_.is_met_now({.done = done, .failed = job_.failed(), .total = done}));
    return halt_.status(job_.finish(!job_.input()->stopped()));
  }

 private:
  // False: there is none at hand.
  bool run_item() {
    bool has_run = false;
    try {
      has_run = pool_.step();
    } catch (...) {
      if (types::caught_forced_unwind()) foreign_code_.leave_after_pthread_exit();
      throw;
    }
    ResultBatch batch;
    while (pool_.next(*map_, batch)) {
      items_ += batch.count;
      job_.take(batch);
      pool_.recycle(std::move(batch));
    }
    return has_run;
  }

  // The function may end this process, so finished results are flushed. The rest is written by
  // CodeWatch, but not after SIGKILL; so it does not wait for longer than ten writes take.
  void write_now_and_then() {
    const auto now = Clock::now();
    if (items_ >= kItemsWithWrite && now - last_write_ < kWriteShare * write_time_) return;
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

  CodeWatch& foreign_code_;
  RunJob& job_;
  HaltWatch halt_;
  ItemWatch watch_;
  pool::SerialPool pool_;
  std::shared_ptr<pool::Map> map_;
  std::uint64_t items_ = 0;  // that have their outcomes
  Clock::time_point last_write_;
  Clock::duration write_time_{};  // that the last one took
};

}  // namespace

int run_serially(Registry& registry, RunJob& job, CodeWatch& foreign_code) {
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
  try {
    registry.serial_session().stop();
  } catch (const Error& fault) {  // as in a worker: it is told, and costs no result
    job.diagnostics().say(fault.what());
  }
  foreign_code.end();
  foreign_code.set_results(nullptr);
  place.return_to();
  job.tell_unasked(*registry.serial_session().environment().parameters);
  return status;
}

}  // namespace forkmap::host
