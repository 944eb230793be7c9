// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/started_program.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "core/base/pidfd.hpp"
#include "core/base/signal_names.hpp"
#include "core/base/system_error.hpp"
#include "host/io/program_start.hpp"
#include "host/nodes/descendants.hpp"

namespace forkmap::host {

namespace {

constexpr auto kTermPatience = std::chrono::milliseconds(2000);
constexpr off_t kMostLogBytes = off_t{64} << 10U;

}  // namespace

StartedProgram::StartedProgram(std::vector<std::string> command,
                               std::vector<std::string> environment, AfterUs after_us)
    : log_(::memfd_create("forkmap-log", MFD_CLOEXEC)) {
  if (!log_) base::throw_system_error("make a file for what a program says", errno);
  pid_ = start_program({.command = std::move(command),
                        .environment = std::move(environment),
                        .output_fd = log_.get(),
                        .errors_fd = log_.get(),
                        .has_own_group = true,
                        .ends_with_us = after_us == AfterUs::is_ended});
  // It is not reaped before reap(), so its number is still its own.
  pidfd_ = base::open_pidfd(pid_);
  if (!pidfd_) {
    const int error = errno;
    ::kill(-pid_, SIGKILL);
    base::throw_system_error("watch a program (pidfd_open)", error);
  }
  pidfd_ = base::moved_high(std::move(pidfd_));
}

StartedProgram::~StartedProgram() { end(std::chrono::milliseconds(0)); }

bool StartedProgram::wait(std::chrono::milliseconds limit) const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    const int ready = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

bool StartedProgram::has_ended() const { return pid_ < 0 || wait(std::chrono::milliseconds(0)); }

std::string StartedProgram::log() const {
  struct stat file{};
  if (::fstat(log_.get(), &file) != 0) return {};
  const off_t from = std::max<off_t>(0, file.st_size - kMostLogBytes);
  std::string text(static_cast<std::size_t>(file.st_size - from), '\0');
  const ssize_t got = ::pread(log_.get(), text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::erase(text, '\r');
  return text;
}

void StartedProgram::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  how_ = WIFSIGNALED(status) ? "was killed by " + base::signal_name(WTERMSIG(status))
                             : "ended with status " + std::to_string(WEXITSTATUS(status));
}

void StartedProgram::end(std::chrono::milliseconds patience) {
  if (pid_ < 0) return;
  if (!wait(patience)) {
    const std::vector<base::UniqueFd> below = descendants_of(pid_);
    // mpirun then ends what it has started elsewhere, where it can reach it.
    ::kill(pid_, SIGTERM);
    if (!wait(kTermPatience)) ::kill(-pid_, SIGKILL);
    reap();
    // What it has not ended by itself: srun, say, which waits for a machine that is gone.
    for (const base::UniqueFd& pidfd : below) base::send_signal(pidfd.get(), SIGKILL);
    return;
  }
  reap();
}

}  // namespace forkmap::host
