// SPDX-License-Identifier: Apache-2.0
#include "core/process/worker_control.hpp"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include "core/process/exit_status.hpp"
#include "core/process/session.hpp"

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

constexpr auto kStopAgainAfter = 100ms;
constexpr int kUnknownStatus = SIGKILL;  // "killed", of a worker whose status nobody has any more
constexpr auto kStackPatience = 1s;      // for a worker that does not stop by itself

std::uint64_t microseconds(const timeval& time) noexcept {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
         static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

// A function that asks to be traced (PTRACE_TRACEME) has made the zygote its tracer. It stops at
// each signal until the tracer lets it go on; the zygote traces nobody, so it lets it go for good.
void end_tracing(pid_t tracee, int signal) noexcept {
  constexpr int kSignalBits = 0x7f;
  const long number = signal & kSignalBits;
  ::ptrace(PTRACE_DETACH, tracee, 0L, number);
}

WorkerControl::WorkerControl(WorkerId id, pid_t pid, ResultsPage page, const ZygotePlan& plan,
                             Outbox& outbox)
    : id_(id), pid_(pid), page_(std::move(page)), plan_(plan), outbox_(outbox) {}

Event WorkerControl::event(EventKind kind) const noexcept {
  Event event;
  event.kind = kind;
  event.worker = id_;
  event.pid = pid_;
  return event;
}

void WorkerControl::send_stop() {
  ::kill(pid_, SIGSTOP);
  stop_sent_at_ = Clock::now();
}

void WorkerControl::stop_item(std::uint32_t turn, std::uint32_t item) {
  take_aim({turn, item, {}});
}

void WorkerControl::take_aim(const Aim& aim) {
  aims_.push_back(aim);
  if (is_dead()) {
    settle_aims();
    return;
  }
  if (aim.limit != Clock::duration::zero() && ask_for_stack(aim)) {
    // The stop follows from on_time().
    stop_sent_at_ = Clock::now() - kStopAgainAfter + kStackPatience;
    return;
  }
  const bool was_stopped = stopped_;
  send_stop();
  look();
  // The kernel tells of a stop once. If it was told before and nothing has been told since, the
  // worker has been stopped all the time, and SIGSTOP keeps it so.
  if (was_stopped && stopped_) settle_aims();
}

// Its own thread writes the stack down, and does not go on if it is still at that item.
bool WorkerControl::ask_for_stack(const Aim& aim) const noexcept {
  siginfo_t info{};
  info.si_signo = kStackSignal;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  const std::uint64_t word = (std::uint64_t{aim.turn} << 32) | aim.item;
  // A number, that the kernel passes on. NOLINTNEXTLINE(performance-no-int-to-ptr)
  info.si_value.sival_ptr = reinterpret_cast<void*>(word);
  return ::syscall(SYS_rt_tgsigqueueinfo, pid_, pid_, kStackSignal, &info) == 0;
}

// The worker is stopped or dead.
void WorkerControl::settle_aims() {
  if (aims_.empty()) return;
  const std::uint64_t word = plan_.progress_word(page_.data());
  bool hit = false;
  ExitCause cause = ExitCause::time_limit;
  for (const Aim& aim : std::exchange(aims_, {})) {
    const bool still_there = word == ((std::uint64_t{aim.turn} << 32) | aim.item);
    hit = hit || still_there;
    if (aim.limit != Clock::duration::zero()) {
      if (still_there) overrun_limit_ = aim.limit;
      continue;
    }
    if (still_there) cause = ExitCause::asked_stop;
    Event answer = event(still_there ? EventKind::killed : EventKind::moved_on);
    answer.turn = aim.turn;
    answer.item = aim.item;
    outbox_.push(answer);
  }
  if (is_dead()) return;
  if (hit) {
    kill_for(cause);
  } else if (!foreign_ && !paused_) {
    ::kill(pid_, SIGCONT);
  }
}

void WorkerControl::kill_for(ExitCause cause) {
  if (is_dead()) return;
  if (cause_ == ExitCause::own) cause_ = cause;
  kill_session_group(pid_);
}

void WorkerControl::kill() {
  look();  // a worker that is dead already has died of its own
  kill_for(ExitCause::asked_kill);
}

void WorkerControl::pause() {
  paused_ = true;
  if (is_dead() || foreign_) {
    hold_grace();
    return;
  }
  ::kill(-pid_, SIGSTOP);  // with what it has started
  send_stop();
}

void WorkerControl::resume() {
  paused_ = false;
  if (is_dead()) return;
  if (foreign_) {
    start_grace();
    return;
  }
  ::kill(-pid_, SIGCONT);
  ::kill(pid_, SIGCONT);
  if (!aims_.empty()) send_stop();
}

void WorkerControl::look() {
  // Each round consumes one piece of news; a bound, since others may stop and continue without end.
  constexpr int kMostNews = 16;
  for (int news = 0; news < kMostNews && !is_dead(); ++news) {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pid_);
    const int all = WEXITED | WSTOPPED | WCONTINUED | WNOHANG;
    // A dead worker stays unreaped, so that its number and its group's stay its own.
    if (::waitid(P_PID, id, &info, all | WNOWAIT) != 0) {
      if (errno == EINTR) continue;
      on_dead(kUnknownStatus);  // ECHILD: somebody else has reaped it
      return;
    }
    if (info.si_pid == 0) return;
    siginfo_t taken{};
    switch (info.si_code) {
      case CLD_EXITED:
      case CLD_KILLED:
      case CLD_DUMPED:
        on_dead(wait_status_of(info));
        break;
      case CLD_STOPPED:
        ::waitid(P_PID, id, &taken, WSTOPPED | WNOHANG);
        if (taken.si_pid == 0) break;
        if (taken.si_code == CLD_TRAPPED) {
          end_tracing(pid_, taken.si_status);
        } else {
          on_stopped();
        }
        break;
      case CLD_TRAPPED:
        ::waitid(P_PID, id, &taken, WSTOPPED | WNOHANG);
        if (taken.si_pid != 0) end_tracing(pid_, taken.si_status);
        break;
      case CLD_CONTINUED:
        ::waitid(P_PID, id, &taken, WCONTINUED | WNOHANG);
        if (taken.si_pid != 0) on_continued();
        break;
      default:
        return;  // no answer that this kernel is known to give
    }
  }
}

void WorkerControl::on_stopped() {
  // The kernel tells of each stop once, so a second one means that it was continued in between; the
  // news of that gives way to the news of the new stop.
  if (stopped_) forget_foreign_stop();
  stopped_ = true;
  if (aims_.empty() && !paused_ && !foreign_) {
    foreign_ = true;
    outbox_.push(event(EventKind::stopped));
    grace_left_ = std::chrono::duration_cast<Clock::duration>(plan_.stop_grace);
    start_grace();
  }
  settle_aims();
}

void WorkerControl::on_continued() {
  stopped_ = false;
  forget_foreign_stop();
  if (!aims_.empty()) send_stop();
}

void WorkerControl::forget_foreign_stop() {
  grace_ends_.reset();
  if (std::exchange(foreign_, false)) outbox_.push(event(EventKind::continued));
}

void WorkerControl::on_dead(int status) {
  dead_ = true;
  status_ = status;
  died_at_ = Clock::now();
  grace_ends_.reset();
  settle_aims();
}

bool WorkerControl::left_in_peace() const {
  return dead_ && cause_ == ExitCause::own && WIFEXITED(status_) && WEXITSTATUS(status_) == 0 &&
         plan_.is_leaving && plan_.is_leaving(page_.data());
}

void WorkerControl::start_grace() {
  if (plan_.stop_grace.count() > 0) grace_ends_ = Clock::now() + grace_left_;
}

void WorkerControl::hold_grace() {
  if (!grace_ends_) return;
  grace_left_ = std::max(*grace_ends_ - Clock::now(), Clock::duration::zero());
  grace_ends_.reset();
}

void WorkerControl::on_time(Clock::time_point now) {
  if (is_dead()) return;
  if (!aims_.empty() && now >= stop_sent_at_ + kStopAgainAfter) send_stop();
  if (grace_ends_ && now >= *grace_ends_) {
    grace_ends_.reset();
    look();  // it may have been continued in time
    if (foreign_) kill_for(ExitCause::stop_grace);
  }
}

std::optional<WorkerControl::Clock::time_point> WorkerControl::next_time() const noexcept {
  std::optional<Clock::time_point> next = grace_ends_;
  if (!aims_.empty() && !is_dead()) {
    const Clock::time_point again = stop_sent_at_ + kStopAgainAfter;
    next = next ? std::min(*next, again) : again;
  }
  return next;
}

std::optional<WorkerControl::Clock::duration> WorkerControl::watch_limit(const LimitClock& limits,
                                                                         LimitClock::Look look) {
  if (is_dead() || !plan_.limit_number) return std::nullopt;
  const std::uint64_t word = plan_.progress_word(page_.data());
  const Clock::duration limit = limits.limit_of(plan_.limit_number(page_.data()));
  if (word != timed_word_ || look.anew) {
    timed_word_ = word;
    age_ = {};
  } else if (!stopped_ && !paused_) {
    age_ += look.counted;
  }
  if (limit == Clock::duration::zero()) return std::nullopt;
  if (age_ < limit) return limit - age_;
  // A limit that is aimed at already is seen to by on_time(). And a worker that is paused, or
  // stopped by somebody else, does not run.
  const auto is_limit = [](const Aim& aim) { return aim.limit != Clock::duration::zero(); };
  if (!stopped_ && !paused_ && std::ranges::none_of(aims_, is_limit)) {
    take_aim({static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word), limit});
  }
  return std::nullopt;
}

Event WorkerControl::bury() {
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) status = status_;
  Event end = event(EventKind::exited);
  end.status = status;
  // It may have ended by itself a moment before the signal came.
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  end.cause = killed ? cause_ : ExitCause::own;
  if (end.cause == ExitCause::time_limit) {
    const std::chrono::nanoseconds limit = overrun_limit_;
    end.limit_ns = static_cast<std::uint64_t>(limit.count());
  }
  end.user_time_us = microseconds(usage.ru_utime);
  end.system_time_us = microseconds(usage.ru_stime);
  end.max_resident_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
  return end;
}

}  // namespace forkmap::process
