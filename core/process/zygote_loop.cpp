// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote_loop.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/process/family_mark.hpp"
#include "core/process/session.hpp"

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

constexpr auto kBurialStep = 20ms;       // the longest that one clearing holds up the loop
constexpr auto kBurialPause = 10ms;      // between two of them
constexpr auto kBurialPatience = 2s;     // then a worker is reported although something survives it
constexpr auto kLatePatience = 2s;       // with the session of a worker that left in peace
constexpr auto kEndPatience = 10s;       // for children that the kernel does not let go
constexpr int kMostRequestsAtOnce = 64;  // so that deaths are seen in between

base::UniqueFd make_child_signal() {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_SETMASK, &child, nullptr);
  base::UniqueFd fd(::signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) base::throw_system_error("watch for ended workers (signalfd)", errno);
  return base::moved_high(std::move(fd));
}

}  // namespace

ZygoteLoop::ZygoteLoop(const ZygotePlan& plan, ExitGuard& guard, base::UniqueFd socket,
                       base::UniqueFd host_pidfd, const StackRange& stack)
    : plan_(plan),
      guard_(guard),
      socket_(std::move(socket)),
      host_pidfd_(std::move(host_pidfd)),
      child_signal_(make_child_signal()),
      stack_(stack) {
  if (!plan_.preload.empty()) children_of_preload_ = children_of_this_process();
}

void ZygoteLoop::run() {
  Event ready;
  ready.kind = EventKind::ready;
  outbox_.push(ready);
  for (;;) {
    post();
    const bool is_all_done = workers_.empty() && late_sessions_.empty() && outbox_.empty();
    if (quitting_ && is_all_done) end_everything();
    wait_for_something();
    take_requests();
    look_at_children();
    watch_limits();
    look_at_strays_left();
    bury_the_dead();
    reap_orphans();
    look_at_late_sessions();
  }
}

void ZygoteLoop::wait_for_something() {
  const short socket_events = outbox_.empty() ? POLLIN : POLLIN | POLLOUT;
  std::array<pollfd, 3> watched{{{socket_.get(), socket_events, 0},
                                 {child_signal_.get(), POLLIN, 0},
                                 {host_pidfd_.get(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), wait_limit_ms()) <= 0) return;
  if (watched[2].revents != 0) end_everything();
  if (watched[1].revents != 0) {
    // Only the fact counts: signals merge, so every child is asked.
    std::array<signalfd_siginfo, 16> signals;
    while (::read(child_signal_.get(), signals.data(), sizeof signals) > 0) continue;
  }
}

int ZygoteLoop::wait_limit_ms() const {
  if (orphans_wait_) return 0;
  std::optional<Clock::time_point> next = next_burial_;
  if (const auto look = limits_.next_look(); look && (!next || *look < *next)) next = look;
  for (const LateSession& late : late_sessions_) {
    if (!late.is_over && (!next || late.ends_at < *next)) next = late.ends_at;
  }
  for (const WorkerControl& worker : workers_) {
    const auto time = worker.next_time();
    if (time && (!next || *time < *next)) next = time;
  }
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, INT_MAX));
}

void ZygoteLoop::take_requests() {
  for (int i = 0; i < kMostRequestsAtOnce; ++i) {
    Request request;
    ReceivedDescriptors descriptors;
    switch (receive_message(socket_.get(), request, descriptors)) {
      case ReceiveResult::received:
        serve(request, descriptors);
        break;
      case ReceiveResult::none:
        return;
      case ReceiveResult::gone:
        end_everything();
    }
  }
}

void ZygoteLoop::serve(const Request& request, ReceivedDescriptors& descriptors) {
  WorkerControl* worker = find(request.worker);
  switch (request.kind) {
    case RequestKind::spawn:
      spawn(request, descriptors);
      return;
    case RequestKind::stop_item:
      if (worker != nullptr) {
        worker->stop_item(request.turn, request.item);
      } else {
        Event answer;  // its `exited` is on the way already
        answer.kind = EventKind::moved_on;
        answer.worker = request.worker;
        answer.turn = request.turn;
        answer.item = request.item;
        outbox_.push(answer);
      }
      return;
    case RequestKind::kill:
      if (worker != nullptr) worker->kill();
      return;
    case RequestKind::pause:
      paused_ = true;
      for (WorkerControl& each : workers_) each.pause();
      return;
    case RequestKind::resume:
      paused_ = false;
      for (WorkerControl& each : workers_) each.resume();
      return;
    case RequestKind::set_limit:
      limits_.set(request.number, std::chrono::nanoseconds(request.limit_ns));
      return;
    case RequestKind::quit:
      quitting_ = true;
      return;
  }
  end_everything();  // not a request: host and zygote do not speak the same language
}

// A thread of a worker may have asked to be traced, too (PTRACE_TRACEME); its worker is not seen to
// end before its tracer, this process, has let it go. Tracees alone are found with __WCLONE.
void ZygoteLoop::release_tracees() {
  constexpr int kMostAtOnce = 64;
  constexpr int kAll = WEXITED | WSTOPPED | WNOHANG | static_cast<int>(__WCLONE);
  for (int found = 0; found < kMostAtOnce; ++found) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, kAll | WNOWAIT) != 0 || info.si_pid == 0) return;
    const pid_t tracee = info.si_pid;
    const bool has_ended =
        info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    if (has_ended && is_known(tracee)) return;  // a worker: look() sees it, and it is buried
    siginfo_t taken{};
    ::waitid(P_PID, static_cast<id_t>(tracee), &taken, kAll);
    if (!has_ended && taken.si_pid != 0) end_tracing(tracee, taken.si_status);
  }
}

void ZygoteLoop::look_at_children() {
  release_tracees();
  const auto now = Clock::now();
  for (WorkerControl& worker : workers_) {
    worker.look();
    worker.on_time(now);
  }
  // Helpers that preload started are the only other children that may end by themselves.
  std::erase_if(children_of_preload_, reap_if_ended);
}

void ZygoteLoop::watch_limits() {
  if (!limits_.has_limits()) return;
  const LimitClock::Look look = limits_.begin_look(Clock::now());
  std::optional<Clock::duration> least_left;
  for (WorkerControl& worker : workers_) {
    const auto left = worker.watch_limit(limits_, look);
    if (left && (!least_left || *left < *least_left)) least_left = left;
  }
  limits_.end_look(Clock::now(), least_left);
}

void ZygoteLoop::bury_the_dead() {
  next_burial_.reset();
  const auto is_dead = [](const WorkerControl& worker) { return worker.is_dead(); };
  if (std::ranges::none_of(workers_, is_dead)) return;
  const auto now = Clock::now();
  std::erase_if(workers_, [&](WorkerControl& worker) {
    if (!worker.left_in_peace()) return false;
    late_sessions_.push_back({worker.pid(), now + kLatePatience, worker.bury()});
    return true;
  });
  for (const WorkerControl& worker : workers_) {
    if (worker.is_dead()) kill_session_group(worker.pid());
  }
  const Strays strays = clear_strays(now + kBurialStep);
  std::erase_if(workers_, [&](WorkerControl& worker) {
    if (!worker.is_dead()) return false;
    if (strays == Strays::some_left && now < worker.died_at() + kBurialPatience) return false;
    outbox_.push(worker.bury());
    return true;
  });
  if (std::ranges::any_of(workers_, is_dead)) next_burial_ = Clock::now() + kBurialPause;
}

Strays ZygoteLoop::clear_strays(Clock::time_point deadline) {
  const Strays strays =
      kill_stray_children([this](pid_t child) { return is_kept(child); }, deadline);
  strays_left_ = strays == Strays::some_left;
  return strays;
}

// One that the kernel did not let die in time leaves its own children to this process when it dies.
void ZygoteLoop::look_at_strays_left() {
  if (strays_left_) (void)clear_strays(Clock::now());
}

// A worker's death that is seen here first is told by a signal; look() finds it in the next round.
void ZygoteLoop::reap_orphans() {
  constexpr int kMostAtOnce = 256;
  orphans_wait_ = false;
  for (int found = 0; found < kMostAtOnce; ++found) {
    siginfo_t info{};
    constexpr int kEnded = WEXITED | WNOHANG;
    if (::waitid(P_ALL, 0, &info, kEnded | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (is_known(info.si_pid) || !reap_if_ended(info.si_pid)) return;
  }
  orphans_wait_ = true;
}

// A session whose last process has ended is late no more. What is left of one whose time is over,
// or has left it meanwhile, is nobody's then.
void ZygoteLoop::look_at_late_sessions() {
  if (late_sessions_.empty()) return;
  const std::vector<pid_t> children = children_of_this_process();
  const auto now = Clock::now();
  bool any_over = false;
  for (LateSession& late : late_sessions_) {
    const auto is_of_it = [&late](pid_t child) { return ::getsid(child) == late.leader; };
    if (!late.is_over && (now >= late.ends_at || std::ranges::none_of(children, is_of_it))) {
      late.is_over = true;
      late.ends_at = now;
    }
    any_over = any_over || late.is_over;
  }
  if (!any_over) return;
  const Strays strays = clear_strays(now + kBurialStep);
  std::erase_if(late_sessions_, [&](const LateSession& late) {
    if (!late.is_over) return false;
    if (strays == Strays::some_left && now < late.ends_at + kBurialPatience) return false;
    outbox_.push(late.exited);
    return true;
  });
  if (std::ranges::any_of(late_sessions_, &LateSession::is_over)) {
    next_burial_ = Clock::now() + kBurialPause;
  }
}

void ZygoteLoop::post() {
  if (outbox_.send_all(socket_.get()) == SendResult::gone) end_everything();
}

WorkerControl* ZygoteLoop::find(WorkerId id) {
  const auto found = std::ranges::find(workers_, id, &WorkerControl::id);
  return found == workers_.end() ? nullptr : &*found;
}

bool ZygoteLoop::is_known(pid_t child) const {
  return std::ranges::find(workers_, child, &WorkerControl::pid) != workers_.end() ||
         std::ranges::find(children_of_preload_, child) != children_of_preload_.end();
}

bool ZygoteLoop::is_kept(pid_t child) const {
  if (is_known(child) || is_late(::getsid(child))) return true;
  // Whose nobody can tell is kept while it may be a living worker's.
  const Family family = family_of(child);
  return std::ranges::any_of(workers_, [family](const WorkerControl& worker) {
    return !worker.is_dead() && (!family.is_known || worker.pid() == family.worker);
  });
}

bool ZygoteLoop::is_late(pid_t session) const {
  return std::ranges::any_of(late_sessions_, [session](const LateSession& late) {
    return late.leader == session && !late.is_over;
  });
}

void ZygoteLoop::end_everything() {
  for (const WorkerControl& worker : workers_) kill_session_group(worker.pid());
  const auto nobody_is_kept = [](pid_t) { return false; };
  const Strays strays = kill_stray_children(nobody_is_kept, Clock::now() + kEndPatience);
  ::_exit(strays == Strays::none_left ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace forkmap::process
