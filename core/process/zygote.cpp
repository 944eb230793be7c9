// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <tuple>
#include <utility>

#include "core/base/pidfd.hpp"
#include "core/base/system_error.hpp"
#include "core/process/exit_guard.hpp"
#include "core/process/exit_status.hpp"
#include "core/process/lock_trial.hpp"
#include "core/process/message_socket.hpp"
#include "core/process/signal_state.hpp"
#include "core/process/zygote_process.hpp"

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

constexpr auto kSendPatience = 1s;
constexpr auto kQuitPatience = 2s;
// Hardly ever reached, and then by a host with a thread that does nothing but register handlers.
// Each trial that meets a held lock takes some 8 ms.
constexpr int kMostLockTrials = 250;
constexpr int kMostTimes = 64;  // a trial takes the lock before
constexpr int kStep = 37;       // so that neighbours differ, and each count has its turn

// Asks without reaping: end_text() can be asked again. Nothing if the status is not to be had,
// because the host ignores SIGCHLD or a handler of its own has reaped the zygote.
std::optional<int> status_of_ended(int pidfd) noexcept {
  siginfo_t info{};
  const auto id = static_cast<id_t>(pidfd);
  if (::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return std::nullopt;
  if (info.si_pid == 0) return std::nullopt;
  return wait_status_of(info);
}

}  // namespace

Zygote::Zygote(const ZygotePlan& plan) : owner_pid_(::getpid()) {
  base::UniqueFd host_end;
  auto guard = std::make_unique<ExitGuard>();
  const StackRange stack = stack_of_this_thread();
  guard->enter();
  int fork_error = 0;
  for (int trials = 0;; ++trials) {
    // Where the lock never is free the zygote may meet it, and its workers end late.
    const bool is_tried = !guard->is_lock_free() && trials < kMostLockTrials;
    // A pair for each: what a killed one may still have said is not the next one's.
    base::UniqueFd zygote_end;
    try {
      std::tie(host_end, zygote_end) = make_message_pair();
    } catch (...) {
      guard->withdraw();
      throw;
    }
    if (is_tried) ExitGuard::make_others_wait(1 + trials * kStep % kMostTimes);
    {
      const AllSignalsBlocked blocked;
      pid_ = ::fork();
      if (pid_ == 0) {
        host_end.reset();
        if (is_tried) guard->try_lock(zygote_end.get());
        live_as_zygote(plan, owner_pid_, std::move(zygote_end), *guard.release(), stack);
      }
    }
    fork_error = errno;
    if (pid_ < 0 || !is_tried) break;
    const LockTrial trial = hear_of_lock(host_end.get(), pid_);
    if (trial == LockTrial::free || trial == LockTrial::none) break;
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    // Where children do not run at all, another trial would only take as long.
    if (trial == LockTrial::silent) trials = kMostLockTrials;
  }
  guard->withdraw();
  if (pid_ < 0) base::throw_system_error("fork the zygote (fork)", fork_error);
  try {
    pidfd_ = base::open_pidfd(pid_);
    if (!pidfd_) base::throw_system_error("watch the zygote (pidfd_open)", errno);
    pidfd_ = base::moved_high(std::move(pidfd_));
  } catch (...) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw;
  }
  socket_ = std::move(host_end);
  entry_ = ZygoteEntry(pid_, socket_.get());
}

Zygote::~Zygote() { (void)end(); }

bool Zygote::end() {
  if (::getpid() != owner_pid_ || reaped_) return false;
  // The end of the talk tells the zygote to kill what there is and leave, also where another
  // process holds a copy of our end of the socket. Before `ready` it does not listen.
  ::shutdown(socket_.get(), SHUT_RDWR);
  wake_up();
  if (!ready_seen_ || !base::wait_for_end(pidfd_.get(), kQuitPatience)) {
    base::kill_with_group(pidfd_.get(), pid_);
    base::wait_for_end(pidfd_.get(), kQuitPatience);
  }
  const bool in_peace = left_in_peace();
  entry_ = {};
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
  reaped_ = true;
  return in_peace;
}

bool Zygote::left_in_peace() const noexcept {
  const std::optional<int> status = ended() ? status_of_ended(pidfd_.get()) : std::nullopt;
  return status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

pid_t Zygote::pid() const noexcept { return pid_; }
int Zygote::socket_fd() const noexcept { return socket_.get(); }
int Zygote::pidfd() const noexcept { return pidfd_.get(); }
bool Zygote::ended() const noexcept { return base::has_ended(pidfd_.get()); }

// Asked without taking the answer away, so the answer is how it is, not what has happened.
bool Zygote::is_stopped() const noexcept {
  siginfo_t info{};
  const auto id = static_cast<id_t>(pidfd_.get());
  return ::waitid(P_PIDFD, id, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void Zygote::wake_up() const noexcept { base::send_signal(pidfd_.get(), SIGCONT); }
void Zygote::kill_now() const noexcept { base::send_signal(pidfd_.get(), SIGKILL); }

std::optional<Zygote::Message> Zygote::next_event() {
  if (hung_up_) return std::nullopt;
  Message message;
  ReceivedDescriptors descriptors;
  switch (receive_message(socket_.get(), message.event, descriptors)) {
    case ReceiveResult::received:
      break;
    case ReceiveResult::none:
      return std::nullopt;
    case ReceiveResult::gone:
      // It is at its end, or has lost its wits; either way the end shall come.
      hung_up_ = true;
      base::send_signal(pidfd_.get(), SIGKILL);
      return std::nullopt;
  }
  message.event.text.back() = '\0';
  if (message.event.kind == EventKind::ready) ready_seen_ = true;
  if (descriptors.count > 0) message.pidfd = std::move(descriptors.fds[0]);
  return message;
}

bool Zygote::send(const Request& request, const int* descriptors, int descriptor_count) {
  if (::getpid() != owner_pid_) return false;
  const std::span<const int> fds(descriptors, static_cast<std::size_t>(descriptor_count));
  const auto deadline = std::chrono::steady_clock::now() + kSendPatience;
  for (;;) {
    const SendResult result = send_message(socket_.get(), request, fds);
    if (result != SendResult::full) return result == SendResult::sent;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    constexpr int kTryAgainAfter_ms = 10;
    pollfd writable{socket_.get(), POLLOUT, 0};
    ::poll(&writable, 1, kTryAgainAfter_ms);
  }
}

bool Zygote::spawn(WorkerId worker, int inputs_fd, int results_fd, int output_fd) {
  Request request;
  request.kind = RequestKind::spawn;
  request.worker = worker;
  request.has_output = output_fd >= 0 ? 1 : 0;
  const std::array<int, kMaxDescriptors> descriptors{inputs_fd, results_fd, output_fd};
  return send(request, descriptors.data(), output_fd >= 0 ? 3 : 2);
}

bool Zygote::stop_item(WorkerId worker, std::uint32_t turn, std::uint32_t item) {
  return send({.kind = RequestKind::stop_item, .worker = worker, .turn = turn, .item = item},
              nullptr, 0);
}

bool Zygote::kill_worker(WorkerId worker) {
  return send({.kind = RequestKind::kill, .worker = worker}, nullptr, 0);
}

bool Zygote::pause() { return send({.kind = RequestKind::pause}, nullptr, 0); }
bool Zygote::resume() { return send({.kind = RequestKind::resume}, nullptr, 0); }
bool Zygote::set_limit(std::uint32_t number, std::chrono::nanoseconds limit) {
  return send({.kind = RequestKind::set_limit,
               .number = number,
               .limit_ns = static_cast<std::uint64_t>(limit.count())},
              nullptr, 0);
}

bool Zygote::quit() { return send({.kind = RequestKind::quit}, nullptr, 0); }

std::string Zygote::end_text() const {
  if (!ended()) return "still running";
  const std::optional<int> status = status_of_ended(pidfd_.get());
  return status ? wait_status_text(*status) : "ended (this process does not keep exit statuses)";
}

}  // namespace forkmap::process
