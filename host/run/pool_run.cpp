// SPDX-License-Identifier: Apache-2.0
#include "host/run/pool_run.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <forkmap/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/signal_names.hpp"
#include "core/types/failed_item.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/io/poll_set.hpp"
#include "host/report/run_recorder.hpp"
#include "host/run/halt_watch.hpp"
#include "host/run/loop.hpp"
#include "host/run/watch.hpp"
#include "host/text/duration.hpp"

namespace forkmap::host {

namespace {

using pool::Engine;

constexpr std::chrono::nanoseconds kLongWait = std::chrono::hours(24);
constexpr std::chrono::nanoseconds kForEver = std::chrono::hours(24 * 366);
constexpr std::chrono::nanoseconds kAtOnce{};
constexpr int kHangupPatience_ms = 100;
// Of a longer input whose pool broke not each item is told.
constexpr std::uint64_t kMostUnsent = 100'000;

class PoolRun final : RunParts {
 public:
  PoolRun(Engine& engine, SignalWatch& signals, const RunOptions& options, RunJob& job,
          const LookAtNodes& look_at_nodes)
      : engine_(engine),
        signals_(signals),
        options_(options),
        job_(job),
        look_at_nodes_(look_at_nodes),
        halt_(options.limits.halt, options.reduction != Reduction::none, job) {
    wake_->add(signals.fd());
    pool::MapRequest request;
    request.function = &job.function();
    request.source = source_over(job.input(), [wake = wake_, input = job.input()] {
      wake->wait_also_for({input->awaited_fd(), false});
    });
    request.options.chunk = options.chunk;
    request.options.timeout_percent = options.limits.timeout_percent;
    request.text = job.rules();
    request.text_results = job.text_results();
    request.timed = options.summary || !options.journal.job_log.empty();
    request.ordered = options.ordered || options.reduction != Reduction::none;
    request.first_index = job.numbers().first() - 1;
    request.index_stride = job.numbers().stride();
    map_ = engine.open(std::move(request));
    watch_.emplace(engine, map_, job, look_at_nodes);
  }

  RunEnd run() {
    try {
      run_loop(*this);
      // All outcomes, and the end with them, may have come in the last step.
      keep_halt_rule();
      write_results();
      const bool is_whole = broken_why_.empty();
      const int status = job_.finish(is_whole && !job_.input()->stopped());
      tell_recorder();
      if (!is_whole) throw PoolBroken(broken_why_);
      return {halt_.status(status), signal_, halt_.is_met()};
    } catch (const SystemError& error) {
      job_.save();
      tell_recorder();
      if (!is_hung_up(error)) throw;
      job_.diagnostics().say(error.what());
      engine_.kill();
      return {kCannotGoOn, SIGHUP};
    } catch (...) {
      job_.save();
      tell_recorder();
      throw;
    }
  }

 private:
  // What the pool knows until its end.
  void tell_recorder() {
    RunRecorder* const recorder = job_.recorder();
    if (recorder == nullptr) return;
    recorder->note_rescues(engine_.rescues());
    if (look_at_nodes_) recorder->note_nodes(look_at_nodes_(), wanted_workers(engine_));
  }

  void attend() override {
    take_signals();
    watch_->keep();
    keep_halt_rule();
  }

  // While nobody reads the results, no more are taken from the pool, which then stops feeding.
  Taken take() override {
    if (job_.writer().is_full()) return Taken::nothing;
    ResultBatch batch;
    switch (next(batch)) {
      case pool::Next::batch:
        break;
      case pool::Next::end:
        return Taken::end;
      case pool::Next::nothing:
        return Taken::nothing;
    }
    note_unrun(batch);
    job_.take(batch);
    Engine::recycle(*map_, std::move(batch));
    job_.keep_journal();
    job_.draw_progress();
    return Taken::outcomes;
  }

  void write() override {
    job_.flush();
    job_.keep_journal();
    job_.draw_progress();
  }

  [[nodiscard]] bool is_ready() const override {
    const OutputStream& writer = job_.writer();
    return writer.can_write() || (!writer.is_full() && Engine::has_next(*map_));
  }

  void sleep() override {
    wake_->wait_for({{job_.input()->awaited_fd(), false},
                     {job_.writer().awaited_fd(), true},
                     {watch_->awaited_fd(), false}});
    // The pool asks for items in the steps below, if it has room for them; then there is more input
    // to wait for only if it did and there were none.
    job_.input()->end_wait();
    std::chrono::nanoseconds limit = kLongWait;
    if (const auto due = job_.progress().next_in()) limit = std::min(limit, *due);
    if (const auto due = watch_->next_in()) limit = std::min(limit, *due);
    if (const auto due = job_.next_record_in()) limit = std::min(limit, *due);
    engine_.wait_step(std::max(limit, std::chrono::nanoseconds{}), wake_->fd());
    watch_->note_wait();
  }

  // A pool that breaks before it has seen the end of the input says so behind the last outcome;
  // that it broke later is seen from the items that were not run.
  pool::Next next(ResultBatch& batch) {
    try {
      return Engine::next(*map_, batch, pool::Wait::poll);
    } catch (const PoolBroken& broken) {
      if (end_unsent() || !is_at_end(*job_.input())) broken_why_ = broken.what();
      return pool::Next::end;
    }
  }

  // How many items were sent before the pool broke is a matter of chunks; those behind them that
  // are at hand end in the same way. True if there was one.
  bool end_unsent() {
    const std::uint64_t first = Engine::progress(*map_).outcomes;
    std::uint64_t position = first;
    while (position - first < kMostUnsent) {
      ItemError error;
      const Passed passed = pass_next(*job_.input(), error);
      if (passed == Passed::nothing) break;
      if (passed == Passed::item)
        error.message = "not run: the pool broke: " + engine_.broken_why();
      error.index = job_.numbers().number_of(position) - 1;
      error.function = job_.function().full_name;
      job_.take(types::failed_item(position++, job_.function().signature, std::move(error)));
    }
    return position > first;
  }

  // A signal or the rule of --halt leaves items unrun on purpose.
  void note_unrun(const ResultBatch& batch) {
    const auto is_unrun = [](const ItemError& error) { return error.kind == ErrorKind::not_run; };
    if (signal_ != 0 || halt_.is_met() || std::ranges::none_of(batch.errors, is_unrun)) return;
    broken_why_ = engine_.broken_why();
  }

  // The reader of standard output may be slow, or never read.
  void write_results() {
    is_writing_ = true;
    for (job_.flush(); job_.writer().awaited_fd() >= 0; job_.flush()) {
      take_signals();
      watch_->keep();
      job_.draw_progress();
      sleep();
    }
  }

  void take_signals() {
    while (const auto signal = signals_.take()) {
      if (*signal == SIGTSTP) {
        stop_for_a_while();
      } else if (*signal == SIGUSR1) {
        watch_->print();
      } else if (signal_ == 0) {
        drain(*signal);
      } else if (*signal != signal_) {
        end_at_once(*signal);  // both came before the first was taken
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
    if (is_writing_) {
      job_.diagnostics().say(base::signal_name(signal) +
                             ": all items are done, and their results wait for the reader of "
                             "standard output; once more stops at once");
      return;
    }
    job_.input()->stop();
    watch_->note_ending();
    job_.diagnostics().say(base::signal_name(signal) +
                           ": no more items are started; those that run have " +
                           duration_text(options_.grace) + ", and once more stops at once");
    Engine::cancel_and_settle(*map_, options_.grace);
  }

  // Items count when they are finished, also those whose results wait for their turn.
  void keep_halt_rule() {
    if (signal_ != 0) return;
    const pool::MapProgress progress = Engine::progress(*map_);
    // What an earlier run has done comes as if it had failed.
    const std::uint64_t left_out = job_.input()->given_as_left_out();
    HaltRule::Facts facts{progress.outcomes - left_out, progress.failures - left_out};
    if (progress.items) facts.total = *progress.items - left_out;
    if (!halt_.is_met_now(facts)) return;
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
  const LookAtNodes& look_at_nodes_;
  HaltWatch halt_;
  std::shared_ptr<PollSet> wake_ = std::make_shared<PollSet>();
  std::shared_ptr<pool::Map> map_;
  std::optional<RunWatch> watch_;
  std::string broken_why_;  // empty: it did not, or that is no matter
  int signal_ = 0;
  bool is_writing_ = false;  // what is left of the results, after the last item
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

RunEnd run_in_pool(Engine& engine, SignalWatch& signals, RunJob& job,
                   const LookAtNodes& look_at_nodes) {
  return PoolRun(engine, signals, job.options(), job, look_at_nodes).run();
}

}  // namespace forkmap::host
