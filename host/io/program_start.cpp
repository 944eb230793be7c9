// SPDX-License-Identifier: Apache-2.0
#include "host/io/program_start.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

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

  void output(int fd, int as) {
    if (fd == kNullDescriptor) open_null(as, O_WRONLY);
    if (fd >= 0) duplicate(fd, as);
  }
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
  explicit SpawnAttributes(bool has_own_group) {
    check(::posix_spawnattr_init(&attributes_));
    sigset_t none;
    ::sigemptyset(&none);
    check(::posix_spawnattr_setsigmask(&attributes_, &none));
    const int group = has_own_group ? POSIX_SPAWN_SETPGROUP : 0;
    check(::posix_spawnattr_setflags(&attributes_,
                                     static_cast<short>(POSIX_SPAWN_SETSIGMASK | group)));
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

// posix_spawn cannot say that it is to end with its starter.
pid_t fork_and_run(const ProgramStart& start, std::vector<std::string>& words,
                   std::vector<std::string>& settings) {
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> environment = pointers(settings);
  base::Pipe failure = base::make_pipe();  // closed by exec
  const base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) base::throw_system_error("open /dev/null", errno);
  const pid_t starter = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) base::throw_system_error("run " + start.command.front(), errno);
  if (child == 0) {
    // Only calls that are safe behind a fork.
    sigset_t none;
    ::sigemptyset(&none);
    const auto put = [&null](int fd, int as) {
      const int from = fd == kNullDescriptor ? null.get() : fd;
      return from < 0 || ::dup2(from, as) >= 0;
    };
    bool is_ready = put(start.input_fd >= 0 ? start.input_fd : kNullDescriptor, STDIN_FILENO) &&
                    put(start.output_fd, STDOUT_FILENO) && put(start.errors_fd, STDERR_FILENO);
    if (start.has_own_group) is_ready = is_ready && ::setpgid(0, 0) == 0;
    is_ready = is_ready && ::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && ::getppid() == starter;
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (is_ready) ::execvpe(argv.front(), argv.data(), environment.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure.write.get(), &error, sizeof error);
    ::_exit(127);
  }
  failure.write.reset();
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(failure.read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (got != sizeof error) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  base::throw_system_error("run " + start.command.front(), error);
}

}  // namespace

pid_t start_program(const ProgramStart& start) {
  std::vector<std::string> words = start.command;
  std::vector<std::string> settings = environment_with(start.environment);
  if (start.ends_with_us) return fork_and_run(start, words, settings);
  SpawnActions actions;
  if (start.input_fd >= 0) {
    actions.duplicate(start.input_fd, STDIN_FILENO);
  } else {
    actions.open_null(STDIN_FILENO, O_RDONLY);
  }
  actions.output(start.output_fd, STDOUT_FILENO);
  actions.output(start.errors_fd, STDERR_FILENO);
  pid_t child = -1;
  const SpawnAttributes attributes(start.has_own_group);
  const int error = ::posix_spawnp(&child, words.front().c_str(), actions.get(), attributes.get(),
                                   pointers(words).data(), pointers(settings).data());
  if (error != 0) base::throw_system_error("run " + start.command.front(), error);
  return child;
}

}  // namespace forkmap::host
