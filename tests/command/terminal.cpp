// SPDX-License-Identifier: Apache-2.0
#include "tests/command/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <vector>

namespace forkmap::cli {

namespace {

constexpr int kPatience_ms = 60'000;

void redirect(int target, const std::string& file, int mode) {
  if (file.empty()) return;
  const int fd = ::open(file.c_str(), mode | O_CREAT | O_CLOEXEC, 0644);
  if (fd == -1 || ::dup2(fd, target) == -1) ::_exit(126);
}

}  // namespace

Terminal::Terminal(const Launch& launch) {
  std::vector<char*> argv;
  for (const std::string& word : launch.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  winsize size = {};
  size.ws_col = 100;
  size.ws_row = 30;
  int master = -1;
  pid_ = ::forkpty(&master, nullptr, nullptr, &size);
  if (pid_ == -1) throw std::runtime_error("no terminal");
  if (pid_ == 0) {
    redirect(STDIN_FILENO, launch.input_file, O_RDONLY);
    redirect(STDOUT_FILENO, launch.output_file, O_WRONLY);
    for (const auto& [name, value] : launch.environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  master_ = base::UniqueFd(master);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
}

Terminal::~Terminal() {
  if (pid_ == -1) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Terminal::type(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(master_.get(), text.data(), text.size());
    if (count < 0 && errno != EINTR) throw std::runtime_error("the terminal takes no keys");
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool Terminal::pump() {
  pollfd readable{master_.get(), POLLIN, 0};
  if (::poll(&readable, 1, kPatience_ms) <= 0) return false;
  std::array<char, 16384> bytes;
  const ssize_t count = ::read(master_.get(), bytes.data(), bytes.size());
  if (count <= 0) return count < 0 && errno == EINTR;  // EIO: nobody has it open any more
  shown_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

bool Terminal::shows(std::string_view text) {
  while (!contains(shown_, text)) {
    if (!pump()) return false;
  }
  return true;
}

termios Terminal::mode() const {
  termios mode = {};
  if (::tcgetattr(master_.get(), &mode) != 0) throw std::runtime_error("no terminal any more");
  return mode;
}

void Terminal::resize(int columns, int rows) const {
  winsize size = {};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  if (::ioctl(master_.get(), TIOCSWINSZ, &size) != 0) throw std::runtime_error("cannot resize");
}

int Terminal::wait() {
  while (master_ && pump()) continue;  // who writes to a terminal that nobody reads has to wait
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace forkmap::cli
