// SPDX-License-Identifier: Apache-2.0
#include "tests/kit/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace forkmap::cli {

namespace {

// A program that says nothing for so long hangs; a little less than what CTest gives a test. One
// that works in silence has time, however busy the machine is.
#if defined(FORKMAP_SANITIZED)
constexpr auto kWatchdog = std::chrono::seconds(1000);
#else
constexpr auto kWatchdog = std::chrono::seconds(250);
#endif

using namespace std::chrono_literals;

void redirect(int target, const std::string& file, int mode, int pipe_end) {
  const int source = file.empty() ? pipe_end : ::open(file.c_str(), mode | O_CREAT, 0644);
  if (source == -1 || ::dup2(source, target) == -1) ::_exit(126);
}

// Appends what can be read; false at the end of the stream.
bool read_some(int fd, std::string& to) {
  std::array<char, 65536> piece;
  const ssize_t count = ::read(fd, piece.data(), piece.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  to.append(piece.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

ChildProcess::ChildProcess(const Launch& launch) {
  base::Pipe input = base::make_pipe();
  base::Pipe output = base::make_pipe();
  base::Pipe errors = base::make_pipe();
  std::vector<char*> argv;
  for (const std::string& word : launch.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == -1) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    redirect(STDIN_FILENO, launch.input_file, O_RDONLY, input.read.get());
    redirect(STDOUT_FILENO, launch.output_file, O_WRONLY, output.write.get());
    redirect(STDERR_FILENO, {}, 0, errors.write.get());
    ::signal(SIGPIPE, SIG_DFL);  // an earlier program of this test has it ignored here
    for (const int fd : launch.closed) ::close(fd);
    for (const auto& [name, value] : launch.environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (!launch.folder.empty() && ::chdir(launch.folder.c_str()) != 0) ::_exit(126);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  input_ = std::move(input.write);
  output_ = std::move(output.read);
  errors_ = std::move(errors.read);
  ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
  ::signal(SIGPIPE, SIG_IGN);
}

ChildProcess::~ChildProcess() {
  if (pid_ == -1) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::write(std::string_view text) {
  while (!text.empty()) {
    if (!pump(text, 60s)) throw std::runtime_error("the program takes no input");
  }
}

void ChildProcess::signal(int number) const {
  if (pid_ == -1) throw std::logic_error("the program was waited for");  // -1 is everybody
  ::kill(pid_, number);
}

bool ChildProcess::pump(std::string_view& input, std::chrono::milliseconds limit) {
  std::array<pollfd, 3> wanted = {{{output_.get(), POLLIN, 0},
                                   {errors_.get(), POLLIN, 0},
                                   {input.empty() ? -1 : input_.get(), POLLOUT, 0}}};
  if (::poll(wanted.data(), wanted.size(), static_cast<int>(limit.count())) <= 0) return false;
  if (wanted[0].revents != 0 && !read_some(output_.get(), seen_output_)) output_.reset();
  if (wanted[1].revents != 0 && !read_some(errors_.get(), seen_errors_)) errors_.reset();
  if (wanted[2].revents != 0) {
    const ssize_t count = ::write(input_.get(), input.data(), input.size());
    // A program that has ended wants no more.
    input.remove_prefix(count < 0 && errno == EPIPE
                            ? input.size()
                            : static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return true;
}

bool ChildProcess::reads(std::string_view text) {
  std::string_view nothing;
  while (!contains(seen_output_, text)) {
    if (!output_ || !pump(nothing, 60s)) return false;
  }
  return true;
}

bool ChildProcess::reads_error(std::string_view text) {
  std::string_view nothing;
  while (!contains(seen_errors_, text)) {
    if (!errors_ || !pump(nothing, 60s)) return false;
  }
  return true;
}

bool ChildProcess::reads_bytes(std::size_t size_bytes) {
  std::string_view nothing;
  while (seen_output_.size() < size_bytes) {
    if (!output_ || !pump(nothing, 60s)) return false;
  }
  return true;
}

std::size_t ChildProcess::waits_to_read() const {
  int size_bytes = 0;
  return ::ioctl(output_.get(), FIONREAD, &size_bytes) == 0 ? static_cast<std::size_t>(size_bytes)
                                                            : 0;
}

Ended ChildProcess::finish(std::string_view input) {
  while (output_ || errors_) {
    if (input.empty()) input_.reset();
    if (pump(input, kWatchdog)) continue;
    signal(SIGKILL);
    break;
  }
  input_.reset();
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  Ended ended;
  ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  ended.status = ended.signal != 0 ? 128 + ended.signal : WEXITSTATUS(status);
  ended.output = seen_output_;
  ended.errors = seen_errors_;
  return ended;
}

Launch launch_of(std::vector<std::string> arguments) {
  Launch launch;
  launch.command = std::move(arguments);
  launch.command.insert(launch.command.begin(), FORKMAP_COMMAND);
  return launch;
}

Ended run_forkmap(std::vector<std::string> arguments, std::string_view input, Launch launch) {
  launch.command = launch_of(std::move(arguments)).command;
  return ChildProcess(launch).finish(input);
}

std::string test_plugin(const std::string& name) {
  return std::string(FORKMAP_TEST_PLUGIN_DIR) + "/" + name + ".so";
}

std::map<std::string, std::string> preloading(const std::string& library) {
  // Its runtime wants to be the first of all, and need not be.
  const char* const options = ::getenv("ASAN_OPTIONS");
  return {{"LD_PRELOAD", library},
          {"ASAN_OPTIONS",
           std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0"}};
}

const std::string& faulty() {
  static const std::string path = test_plugin("faulty");
  return path;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace forkmap::cli
