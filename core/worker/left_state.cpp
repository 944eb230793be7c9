// SPDX-License-Identifier: Apache-2.0
#include "core/worker/left_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "core/base/process_state.hpp"
#include "core/lane/task_codes.hpp"

namespace forkmap::pool {

namespace {

struct Timer {
  __itimer_which_t which;
  int signal;
};
constexpr std::array<Timer, 3> kAllTimers = {
    {{ITIMER_REAL, SIGALRM}, {ITIMER_VIRTUAL, SIGVTALRM}, {ITIMER_PROF, SIGPROF}}};

bool is_running(const Timer& timer) noexcept {
  itimerval left{};
  return ::getitimer(timer.which, &left) == 0 &&
         (left.it_value.tv_sec != 0 || left.it_value.tv_usec != 0);
}

// A profiler's timer comes with a handler, and is meant to run on.
bool is_profiler(const Timer& timer) noexcept {
  struct sigaction action{};
  return timer.which == ITIMER_PROF && ::sigaction(timer.signal, nullptr, &action) == 0 &&
         action.sa_handler != SIG_DFL;
}

}  // namespace

LeftState::LeftState()
    : folder_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)),
      umask_(base::current_umask()),
      locale_(std::setlocale(LC_ALL, nullptr)),
      thread_locale_(::uselocale(static_cast<locale_t>(nullptr))) {
  struct stat status{};
  if (folder_ && ::fstat(folder_.get(), &status) == 0) {
    folder_device_ = status.st_dev;
    folder_inode_ = status.st_ino;
    folder_ = base::moved_high(std::move(folder_));
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  for (std::size_t i = 0; i < kTimers; ++i) runs_[i] = is_running(kAllTimers[i]);
}

std::uint32_t LeftState::look_after_task() noexcept {
  if (early_looks_ > 0) --early_looks_;
  look();
  return std::exchange(left_, 0);
}

void LeftState::look() noexcept {
  unseen_ns_ = 0;
  if (stop_timers()) left_ |= kLeftTimer;
  if (restore_mask()) left_ |= kLeftMask;
  if (return_to_folder()) left_ |= kLeftFolder;
  // A filter of system calls may refuse it, and answers with what is no mask.
  const mode_t mask = ::umask(umask_);
  if (mask != umask_ && mask <= 07777U) left_ |= kLeftUmask;
  if (restore_locale()) left_ |= kLeftLocale;
}

bool LeftState::stop_timers() const noexcept {
  bool any = false;
  for (std::size_t i = 0; i < kTimers; ++i) {
    const Timer& timer = kAllTimers[i];
    if (runs_[i] || !is_running(timer) || is_profiler(timer)) continue;
    const itimerval off{};
    ::setitimer(timer.which, &off, nullptr);
    any = true;
  }
  return any;
}

bool LeftState::restore_mask() const noexcept {
  sigset_t now{};
  ::pthread_sigmask(SIG_SETMASK, &mask_, &now);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (::sigismember(&now, signal) != ::sigismember(&mask_, signal)) return true;
  }
  return false;
}

bool LeftState::return_to_folder() const noexcept {
  struct stat now{};
  if (!folder_) return false;
  if (::stat(".", &now) == 0 && now.st_dev == folder_device_ && now.st_ino == folder_inode_) {
    return false;
  }
  return ::fchdir(folder_.get()) == 0;
}

bool LeftState::restore_locale() const noexcept {
  bool any = false;
  if (::uselocale(static_cast<locale_t>(nullptr)) != thread_locale_) {
    ::uselocale(thread_locale_);
    any = true;
  }
  if (const char* const now = std::setlocale(LC_ALL, nullptr); now != nullptr && locale_ != now) {
    std::setlocale(LC_ALL, locale_.c_str());
    any = true;
  }
  return any;
}

// Once for each function and kind.

}  // namespace forkmap::pool
