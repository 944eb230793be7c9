// SPDX-License-Identifier: Apache-2.0
#include "host/cli/signal_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string_view>

#include "core/base/failing_writes.hpp"
#include "core/base/system_error.hpp"
#include "core/pool/engine.hpp"

namespace forkmap::host {

namespace {

// What the handlers may look at and change. They run in the host's one thread, so relaxed order
// does; atomics only keep the compiler from tearing or caching.
constexpr auto kOrder = std::memory_order_relaxed;
std::atomic<int> wake_fd{-1};
std::atomic<std::uint64_t> pending{0};  // a bit a signal
std::atomic<int> first_signal{0};
std::atomic<std::int64_t> first_at_ms{0};
std::atomic<bool> is_first_taken{false};

constexpr std::uint64_t bit_of(int signal) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(signal);
}

constexpr bool is_ending(int signal) noexcept {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

std::int64_t now_ms() noexcept {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// G1. Notes the first.
bool is_second(int signal) noexcept {
  int first = 0;
  if (first_signal.compare_exchange_strong(first, signal, kOrder)) {
    first_at_ms.store(now_ms(), kOrder);
    return false;
  }
  const std::int64_t since_ms = now_ms() - first_at_ms.load(kOrder);
  if (signal == SIGHUP && first == SIGHUP) return since_ms >= kOneHangup_ms;
  return is_first_taken.load(kOrder) || since_ms >= kMerged_ms;
}

void on_signal(int signal) noexcept {
  const int former_errno = errno;
  if (is_ending(signal) && is_second(signal)) end_at_once(signal);
  pending.fetch_or(bit_of(signal), kOrder);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd.load(kOrder), &one, sizeof one);
  errno = former_errno;
}

// Put together without memory of the heap.
class ShortLine {
 public:
  void append(std::string_view text) noexcept {
    const std::size_t count = std::min(text.size(), bytes_.size() - size_);
    std::copy_n(text.data(), count, bytes_.data() + size_);
    size_ += count;
  }
  void write_if_there_is_room() const noexcept {
    pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, bytes_.data(), size_);
  }

 private:
  std::array<char, 64> bytes_{};
  std::size_t size_ = 0;
};

struct sigaction noting_action() noexcept {
  struct sigaction action = {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&action.sa_mask, signal);
  return action;
}

}  // namespace

SignalWatch::SignalWatch() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) base::throw_system_error("watch signals", errno);
  wake_ = base::moved_high(std::move(wake_));
  wake_fd.store(wake_.get(), kOrder);
  pending.store(0, kOrder);
  first_signal.store(0, kOrder);
  is_first_taken.store(false, kOrder);
  sigset_t watched;
  ::sigemptyset(&watched);
  const struct sigaction noting = noting_action();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    const int signal = kSignals[i];
    ::sigaction(signal, nullptr, &former_actions_[i]);
    const bool stays_ignored = signal == SIGINT || signal == SIGHUP || signal == SIGTSTP;
    if (stays_ignored && base::is_ignored(signal)) continue;
    ::sigaction(signal, &noting, nullptr);
    ::sigaddset(&watched, signal);
  }
  // The parent may have blocked them; a pending one is delivered now.
  ::sigprocmask(SIG_UNBLOCK, &watched, &former_mask_);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    // A run is ended by SIGTERM, whatever it was started with.
    if (kSignals[i] == SIGTERM) former_actions_[i].sa_handler = SIG_DFL;
    ::sigaction(kSignals[i], &former_actions_[i], nullptr);
  }
  wake_fd.store(-1, kOrder);
  while (const auto signal = take()) {
    if (is_ending(*signal)) end_by(*signal);
  }
  ::sigprocmask(SIG_SETMASK, &former_mask_, nullptr);
}

std::optional<int> SignalWatch::take() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = ::read(wake_.get(), &count, sizeof count);
  const std::uint64_t there = pending.load(kOrder);
  if (there == 0) return std::nullopt;
  const int signal = std::countr_zero(there);
  pending.fetch_and(~bit_of(signal), kOrder);
  if (is_ending(signal)) is_first_taken.store(true, kOrder);
  return signal;
}

void end_at_once(int signal) noexcept {
  pool::Engine::end_all_processes();
  ShortLine line;
  if (::isatty(STDERR_FILENO) == 1) line.append("\r\x1b[K");  // a progress bar may stand there
  const char* const name = ::sigabbrev_np(signal);
  line.append("forkmap: SIG");
  line.append(name == nullptr ? "NAL" : name);
  line.append(": stopped at once\n");
  line.write_if_there_is_room();
  end_by(signal);
}

void hold_status_signal() {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &only, nullptr);
  ::signal(SIGUSR1, SIG_DFL);  // what is ignored would not be kept
}

void stop_here() { ::raise(SIGSTOP); }

void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace forkmap::host
