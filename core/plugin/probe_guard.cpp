// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/probe_guard.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

#include "core/base/limit_behind.hpp"
#include "core/base/own_descriptors.hpp"
#include "core/base/pidfd.hpp"
#include "core/base/unique_fd.hpp"
#include "core/plugin/probe_messages.hpp"
#include "core/plugin/probe_subject.hpp"

namespace forkmap::plugin {

namespace {

// Whether the process has ended within the time. It is not reaped.
bool has_ended_within(std::chrono::milliseconds time_limit, pid_t process) noexcept {
  const base::UniqueFd pidfd = base::open_pidfd(process);
  if (pidfd) return base::wait_for_end(pidfd.get(), time_limit);
  // No descriptor is left.
  constexpr int look_again_ms = 5;
  const auto deadline = std::chrono::steady_clock::now() + time_limit;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
        info.si_pid == process) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, look_again_ms);
  }
}

// Kills every child of this process. The guard adopts what its subject leaves behind, so after some
// rounds nothing is left; a process that forks faster than that is stopped by the limit of rounds.
void end_all_children() noexcept {
  if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return;
  constexpr int rounds = 1000;
  const std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  for (int round = 0; round < rounds; ++round) {
    if (std::FILE* const file = std::fopen(path.c_str(), "re")) {
      int child = 0;
      while (std::fscanf(file, "%d", &child) == 1) ::kill(child, SIGKILL);
      std::fclose(file);
    }
    pid_t reaped = 0;
    while ((reaped = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0) return;  // there is none
    ::poll(nullptr, 0, 1);
  }
}

}  // namespace

void guard_probe(const OpenedPlugin& plugin, pid_t host, int report_fd, int output_fd,
                 std::chrono::milliseconds time_limit) noexcept {
  become_probe_process(host);
  base::close_own_descriptors_but(std::array{report_fd, output_fd, plugin.image.get()});
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t guard = ::getpid();
  const pid_t subject = ::fork();
  if (subject == 0) run_probe_subject(plugin, guard, report_fd, output_fd, time_limit);
  if (subject < 0) {
    (void)send_probe_message(report_fd, ProbeKind::fault,
                             "the probe cannot fork: " + base::explained_error_text(errno));
    ::_exit(0);
  }
  ::close(output_fd);
  const bool in_time = has_ended_within(time_limit, subject);
  ::kill(subject, SIGKILL);  // not reaped yet, so the number is still its own
  ::kill(-subject, SIGKILL);
  int status = 0;
  while (::waitpid(subject, &status, 0) < 0 && errno == EINTR) {
  }
  end_all_children();
  if (!in_time) (void)send_probe_message(report_fd, ProbeKind::timed_out, "");
  (void)send_probe_message(report_fd, ProbeKind::ended, std::to_string(status));
  ::_exit(0);
}

}  // namespace forkmap::plugin
