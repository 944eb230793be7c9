// SPDX-License-Identifier: Apache-2.0
#include "bench/run/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "core/base/unique_fd.hpp"

namespace forkmap::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

pid_t fork_or_fail() {
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  return pid;
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t count = ::read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
    out = base::UniqueFd(ends[0]);
    in = base::UniqueFd(ends[1]);
  }
  base::UniqueFd out;
  base::UniqueFd in;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int status_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Not by fork(): the next thing to be measured would pay for the copies of the pages that it
// writes.
pid_t spawn(const std::vector<std::string>& command, int output, int errors) {
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t pid = 0;
  const int failure =
      ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error(command.front() + " cannot be run");
  return pid;
}

std::string end_of(const std::string& text) {
  constexpr std::size_t kShown = 600;
  return text.size() <= kShown ? text : "..." + text.substr(text.size() - kShown);
}

}  // namespace

Child::Child(const std::function<void()>& body) : pid_(fork_or_fail()) {
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

Child::~Child() {
  ::kill(pid_, SIGKILL);
  (void)status_of(pid_);
}

std::string output_of(const std::function<std::string()>& body) {
  Pipe pipe;
  const pid_t pid = fork_or_fail();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string text = body();
    std::fflush(nullptr);
    ::_exit(write_all(pipe.in.get(), text) ? 0 : 1);
  }
  pipe.in.reset();
  const std::string text = read_all(pipe.out.get());
  const int status = status_of(pid);
  if (WIFSIGNALED(status)) {
    throw std::runtime_error("its process died by signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    throw std::runtime_error("its process left with " + std::to_string(WEXITSTATUS(status)));
  }
  return text;
}

std::string output_of(const std::vector<std::string>& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> errors(std::tmpfile(), std::fclose);
  if (!errors) fail("make a temporary file");
  Pipe pipe;
  const pid_t pid = spawn(command, pipe.in.get(), ::fileno(errors.get()));
  pipe.in.reset();
  const std::string text = read_all(pipe.out.get());
  const int status = status_of(pid);
  std::rewind(errors.get());
  const std::string complaint = read_all(::fileno(errors.get()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(command.front() + " did not succeed: " + end_of(complaint));
  }
  return text;
}

std::string output_of_shell(const std::string& script) {
  return output_of({"bash", "-c", "set -euo pipefail; " + script});
}

std::string first_line_of(const std::string& script) try {
  const std::string text = output_of({"bash", "-c", script + " 2>&1"});
  return text.substr(0, text.find('\n'));
} catch (const std::runtime_error&) {
  return {};
}

}  // namespace forkmap::bench
