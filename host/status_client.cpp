// SPDX-License-Identifier: Apache-2.0
#include "host/status_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

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

bool is_stopped(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t close = text.rfind(") ");  // behind the name, which may hold anything
  return close != std::string::npos && text.substr(close + 2, 1) == "T";
}

}  // namespace forkmap::host
