// SPDX-License-Identifier: Apache-2.0
#include "host/pool_run.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <forkmap/error.hpp>
#include <optional>
#include <string>
#include <utility>

#include "host/duration_text.hpp"
#include "host/exit_codes.hpp"
#include "host/halt_watch.hpp"
#include "host/run_account.hpp"
#include "host/run_watch.hpp"
#include "host/signal_names.hpp"
#include "host/wake_set.hpp"

namespace forkmap::host {

namespace {

using pool::Engine;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::nanoseconds kLongWait = std::chrono::hours(24);
constexpr std::chrono::nanoseconds kForEver = std::chrono::hours(24 * 366);
constexpr std::chrono::nanoseconds kAtOnce{};
constexpr std::chrono::nanoseconds kOneHangup = std::chrono::seconds(1);
constexpr int kHangupPatience_ms = 100;

class PoolRun {
 public:
  PoolRun(Engine& engine, SignalWatch& signals, const RunOptions& options, RunJob& job)
      : engine_(engine), signals_(signals), options_(options), job_(job), halt_(options, job) {
    wake_.add(signals.fd());
    pool::MapRequest request;
    request.function = &job.function();
    request.source = source_over(job.input());
    request.options.chunk = options.chunk;
    request.options.timeout_percent = options.limits.timeout_percent;
    request.text = job.rules();
    request.text_results = job.text_results();
    request.timed = options.summary || !options.journal.job_log.empty();
    request.ordered = options.ordered || options.reduction != Reduction::none;
    request.first_index = options.first_item + options.shard.index - 2;
    request.index_stride = options.shard.count;
    if (job.input()->has_own_numbers()) {
      request.index_of = [input = job.input()](std::uint64_t position) {
        return input->own_number(position).value() - 1;
      };
    }
    map_ = engine.open(std::move(request));
    watch_.emplace(engine, map_, job);
  }

  RunEnd run() {
    try {
      while (step()) {
      }
      const int status = job_.finish(!job_.input()->stopped());
      if (RunAccount* const account = job_.account()) account->note_rescues(engine_.rescues());
      return {halt_.status(status), signal_, halt_.is_met()};
    } catch (const SystemError& error) {
      job_.save();
      if (!is_hung_up(error)) throw;
      job_.diagnostics().say(error.what());
      engine_.kill();
      return {kCannotGoOn, SIGHUP};
    } catch (...) {
      job_.save();
      throw;
    }
  }

 private:
  // False at the end of the map.
  bool step() {
    take_signals();
    keep_halt_rule();
    watch_->keep();
    // While nobody reads the results, no more are taken from the pool, which then stops feeding.
    if (!job_.writer().is_full()) {
      ResultBatch batch;
      switch (Engine::next(*map_, batch, pool::Wait::poll)) {
        case pool::Next::batch:
          job_.take(batch);
          Engine::recycle(*map_, std::move(batch));
          job_.keep_journal();
          job_.draw_progress();
          return true;
        case pool::Next::end:
          return false;
        case pool::Next::nothing:
          break;
      }
    }
    job_.flush();
    job_.keep_journal();
    job_.draw_progress();
    wait();
    return true;
  }

  void wait() {
    const bool can_wait = wake_.wait_for({{job_.input()->awaited_fd(), false},
                                          {job_.writer().awaited_fd(), true},
                                          {watch_->awaited_fd(), false}});
    // The pool asks for items in the steps below, if it has room for them; the next wait is for
    // more input only if it did and there were none.
    job_.input()->end_wait();
    std::chrono::nanoseconds limit = can_wait ? kLongWait : std::chrono::nanoseconds{};
    if (const auto due = job_.progress().next_in()) limit = std::min(limit, *due);
    if (const auto due = watch_->next_in()) limit = std::min(limit, *due);
    if (const auto due = job_.next_record_in()) limit = std::min(limit, *due);
    engine_.wait_step(std::max(limit, std::chrono::nanoseconds{}), wake_.fd());
    watch_->note_wait();
  }

  void take_signals() {
    while (const auto signal = signals_.take()) {
      if (*signal == SIGTSTP) {
        stop_for_a_while();
      } else if (*signal == SIGUSR1) {
        watch_->print();
      } else if (signal_ == 0) {
        drain(*signal);
      } else if (*signal == SIGHUP && signal_ == SIGHUP && Clock::now() < one_hangup_until_) {
        // A terminal that is closed: the shell tells its jobs, and then the kernel does, too.
      } else {
        job_.diagnostics().say(name_of_signal(*signal) + ": stopped at once");
        engine_.kill();
      }
    }
  }

  // Results for a terminal that has been closed cannot be written; the signal that says so may come
  // a moment later than the error.
  bool is_hung_up(const SystemError& error) {
    if (error.number() != EIO) return false;
    pollfd signals{signals_.fd(), POLLIN, 0};
    if (signal_ == 0) ::poll(&signals, 1, kHangupPatience_ms);
    while (const auto signal = signals_.take()) {
      if (signal_ == 0) signal_ = *signal;
    }
    return signal_ == SIGHUP;
  }

  // What runs may finish, what was sent out and has not begun is taken back, nothing more is read.
  void drain(int signal) {
    signal_ = signal;
    one_hangup_until_ = Clock::now() + kOneHangup;
    job_.input()->stop();
    watch_->note_ending();
    job_.diagnostics().say(name_of_signal(signal) +
                           ": no more items are started; those that run have " +
                           duration_text(options_.grace) + ", and once more stops at once");
    Engine::cancel_and_settle(*map_, options_.grace);
  }

  // Items count when they are finished, also those whose results wait for their turn.
  void keep_halt_rule() {
    if (signal_ != 0) return;
    const pool::MapProgress progress = Engine::progress(*map_);
    if (!halt_.is_met_now({progress.outcomes, progress.failures, progress.items})) return;
    if (progress.items == progress.outcomes) return;  // nothing is left to be halted
    job_.input()->stop();
    watch_->note_ending();
    Engine::cancel_and_settle(*map_, halt_.when() == HaltRule::When::now ? kAtOnce : kForEver);
  }

  void stop_for_a_while() {
    engine_.pause();
    job_.diagnostics().clear_status();
    stop_here();
    engine_.resume();
  }

  Engine& engine_;
  SignalWatch& signals_;
  const RunOptions& options_;
  RunJob& job_;
  HaltWatch halt_;
  WakeSet wake_;
  std::shared_ptr<pool::Map> map_;
  std::optional<RunWatch> watch_;
  int signal_ = 0;
  Clock::time_point one_hangup_until_{};
};

}  // namespace

PoolOptions pool_options(const RunOptions& options, Diagnostics& diagnostics) {
  PoolOptions pool;
  pool.workers = options.workers;
  pool.retries = options.retries;
  pool.once = options.once;
  pool.timeout = options.limits.timeout;
  pool.memory = options.limits.memory_bytes;
  pool.recycle_after_growth = options.limits.recycle_growth_bytes;
  pool.recycle_after_age = options.limits.recycle_age;
  pool.nice = options.limits.nice;
  pool.pin = options.limits.pin;
  pool.core_files = options.crashes.core_files;
  pool.recycle_after_items = options.recycle;
  pool.window_bytes = options.window_bytes;
  pool.on_stale = options.on_stale;
  pool.worker_output = options.worker_output;
  pool.parameters = options.parameters;
  pool.seed = options.seed;
  pool.notice = [&diagnostics](std::string_view text) { diagnostics.say(text); };
  if (options.worker_output == WorkerOutput::forward) {
    pool.output = [&diagnostics](std::string_view bytes) { diagnostics.forward(bytes); };
  }
  if (options.worker_output == WorkerOutput::tag) {
    pool.output_line = [&diagnostics](int worker, pid_t pid, std::string_view line) {
      diagnostics.print("[w" + std::to_string(worker) + " " + std::to_string(pid) + "] " +
                        std::string(line) + "\n");
    };
  }
  return pool;
}

RunEnd run_in_pool(Engine& engine, SignalWatch& signals, RunJob& job) {
  return PoolRun(engine, signals, job.options(), job).run();
}

}  // namespace forkmap::host
