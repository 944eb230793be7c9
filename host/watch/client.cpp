// SPDX-License-Identifier: Apache-2.0
#include "host/watch/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <ranges>
#include <sstream>

namespace forkmap::host {

using Clock = std::chrono::steady_clock;

// Requests are so short that the socket's buffer takes them whole, or the run does not read at all.
void StatusClient::send(const std::string& request) {
  if (!fd_) return;
  const ssize_t count = ::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (count != static_cast<ssize_t>(request.size())) fd_.reset();
}

std::optional<std::string> StatusClient::receive() {
  std::array<char, 16384> bytes;
  while (fd_ && received_.find('\n') == std::string::npos) {
    const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return std::nullopt;
    if (count <= 0) {
      fd_.reset();
      return std::nullopt;
    }
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = received_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

std::optional<std::string> StatusClient::ask(const std::string& request,
                                             std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  send(request);
  for (;;) {
    if (auto answer = receive()) return answer;
    if (!fd_) return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd readable{fd_.get(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(left.count()));
  }
}

std::vector<StatusName> visible_runs(std::optional<pid_t> pid) {
  std::vector<StatusName> names = status_names();
  const uid_t user = ::geteuid();
  std::erase_if(names, [pid, user](const StatusName& name) {
    if (pid) return name.pid != *pid || (name.uid != user && user != 0);
    return name.uid != user;
  });
  return names;
}

namespace {

std::string proc_text(pid_t pid, const char* name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// 'T' if it is stopped, 'Z' if it has ended; '\0' if it is gone.
char state_of(pid_t pid) {
  const std::string text = proc_text(pid, "stat");
  const std::size_t close = text.rfind(") ");  // behind the name, which may hold anything
  return close == std::string::npos || close + 2 >= text.size() ? '\0' : text[close + 2];
}

}  // namespace

Prospect prospect_of(pid_t pid) {
  const char state = state_of(pid);
  if (state == '\0' || state == 'Z') return Prospect::none;
  std::vector<std::string> words;
  std::istringstream line(proc_text(pid, "cmdline"));
  for (std::string word; std::getline(line, word, '\0');) words.push_back(std::move(word));
  if (words.size() < 2 || !words[0].ends_with("forkmap") || words[1] != "run") {
    return Prospect::unknown;
  }
  const auto options = std::ranges::subrange(words.begin() + 2, std::ranges::find(words, "--"));
  const bool has_none = std::ranges::any_of(options, [](const std::string& word) {
    return word == "--no-status" || word == "--serial" || word == "--dry-run";
  });
  return has_none ? Prospect::none : Prospect::starting;
}

bool is_stopped(pid_t pid) { return state_of(pid) == 'T'; }

}  // namespace forkmap::host
