// SPDX-License-Identifier: Apache-2.0
#include "host/io/child_output.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::host {

namespace {

class SpawnActions {
 public:
  SpawnActions() { check(::posix_spawn_file_actions_init(&actions_)); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void duplicate(int fd, int as) { check(::posix_spawn_file_actions_adddup2(&actions_, fd, as)); }
  void open_null(int as, int mode) {
    check(::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", mode, 0));
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  static void check(int error) {
    if (error != 0) base::throw_system_error("prepare a program's descriptors", error);
  }
  posix_spawn_file_actions_t actions_{};
};

// It starts with no signal blocked, whatever this process blocks for itself.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    check(::posix_spawnattr_init(&attributes_));
    sigset_t none;
    ::sigemptyset(&none);
    check(::posix_spawnattr_setsigmask(&attributes_, &none));
    check(::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK));
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  static void check(int error) {
    if (error != 0) base::throw_system_error("prepare a program's signals", error);
  }
  posix_spawnattr_t attributes_{};
};

// Pointers into the texts, with a null at the end, as exec wants them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  // The first of two settings of a name counts.
  std::vector<std::string> all = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const ::ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      return text;
    } else if (errno != EINTR) {
      base::throw_system_error("read a program's output", errno);
    }
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1) {
    if (errno != EINTR) base::throw_system_error("wait for a program", errno);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ChildOutput child_output(const std::vector<std::string>& command,
                         const std::vector<std::string>& environment, ChildErrors errors,
                         int input_fd) {
  base::Pipe pipe = base::make_pipe();

  SpawnActions actions;
  if (input_fd >= 0) {
    actions.duplicate(input_fd, STDIN_FILENO);
  } else {
    actions.open_null(STDIN_FILENO, O_RDONLY);
  }
  actions.duplicate(pipe.write.get(), STDOUT_FILENO);
  if (errors == ChildErrors::discard) actions.open_null(STDERR_FILENO, O_WRONLY);
  if (errors == ChildErrors::with_output) actions.duplicate(STDOUT_FILENO, STDERR_FILENO);

  std::vector<std::string> words = command;
  std::vector<std::string> settings = environment_with(environment);
  pid_t child = -1;
  const SpawnAttributes attributes;
  const int error = ::posix_spawnp(&child, words.front().c_str(), actions.get(), attributes.get(),
                                   pointers(words).data(), pointers(settings).data());
  if (error != 0) base::throw_system_error("run " + command.front(), error);
  pipe.write.reset();
  ChildOutput result;
  result.output = read_all(pipe.read.get());
  result.status = wait_for(child);
  return result;
}

}  // namespace forkmap::host
