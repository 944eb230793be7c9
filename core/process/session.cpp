// SPDX-License-Identifier: Apache-2.0
#include "core/process/session.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "core/base/unique_fd.hpp"

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

bool is_child(pid_t pid) noexcept {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Nothing if there is no such file, or it cannot be read.
std::optional<std::string> content_of(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string content;
  for (;;) {
    std::array<char, 4096> part;
    const ssize_t size = ::read(file.get(), part.data(), part.size());
    if (size < 0) return std::nullopt;
    if (size == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

std::vector<pid_t> children_of_this_process() {
  const std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  const std::optional<std::string> list = content_of(path);
  if (!list) return children_by_trial();
  std::vector<pid_t> children;
  const char* next = list->data();
  const char* const end = next + list->size();
  while (next < end) {
    pid_t pid = 0;
    const auto [after, error] = std::from_chars(next, end, pid);
    if (error == std::errc{} && is_child(pid)) children.push_back(pid);
    next = after + 1;  // each number is followed by a space
  }
  return children;
}

std::vector<pid_t> children_by_trial() {
  std::vector<pid_t> children;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) return children;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name(entry->d_name);
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size() && is_child(pid)) {
      children.push_back(pid);
    }
  }
  return children;
}

bool reap_if_ended(pid_t child) noexcept {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG);
  return result != 0 || info.si_pid == child;
}

void kill_session_group(pid_t leader) noexcept {
  ::kill(-leader, SIGKILL);  // there is no group yet if the leader has not come to setsid()
  ::kill(leader, SIGKILL);
}

Strays kill_stray_children(const std::function<bool(pid_t)>& is_kept,
                           std::chrono::steady_clock::time_point deadline) {
  // A process hands its children to us before it can be reaped. So once a pass has found no stray,
  // there is none, and none can come from those that were reaped.
  for (std::chrono::microseconds pause = 50us;; pause = std::min(pause * 2, 2000us)) {
    std::vector<pid_t> strays = children_of_this_process();
    std::erase_if(strays, is_kept);
    if (strays.empty()) return Strays::none_left;
    for (const pid_t pid : strays) ::kill(pid, SIGKILL);
    std::erase_if(strays, reap_if_ended);
    if (strays.empty()) {
      pause = 50us;
      continue;
    }
    if (std::chrono::steady_clock::now() >= deadline) return Strays::some_left;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace forkmap::process
