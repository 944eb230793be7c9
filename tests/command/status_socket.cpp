// SPDX-License-Identifier: Apache-2.0
#include "tests/command/status_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/command/process_tree.hpp"

namespace forkmap::cli {

using namespace std::chrono_literals;

namespace {

constexpr int kAnswerPatience_ms = 60'000;

struct Address {
  sockaddr_un address{};
  socklen_t size;

  explicit Address(const std::string& name)
      : size(static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())) {
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

base::UniqueFd make_socket() {
  return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

}  // namespace

std::string status_name_of(pid_t host) {
  return "forkmap/" + std::to_string(::geteuid()) + "/" + std::to_string(host);
}

std::vector<std::string> socket_inodes(const std::string& name) {
  std::ifstream file("/proc/net/unix");
  std::vector<std::string> inodes;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 6; ++i) words >> word;
    std::string inode;
    words >> inode >> word;
    if (word == "@" + name) inodes.push_back(inode);
  }
  return inodes;
}

bool holds_socket(pid_t pid, const std::vector<std::string>& inodes) {
  std::error_code ignored;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
    const auto is_target = [&](const auto& inode) { return target == "socket:[" + inode + "]"; };
    if (std::ranges::any_of(inodes, is_target)) return true;
  }
  return false;
}

bool wait_for_status_socket(pid_t host) {
  while (socket_inodes(status_name_of(host)).empty()) {
    const char state = state_of(host);
    if (state == 'Z' || state == '\0') return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

base::UniqueFd listen_at(const std::string& name) {
  base::UniqueFd fd = make_socket();
  const Address address(name);
  if (::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), 16) != 0) {
    throw std::runtime_error("cannot listen at " + name);
  }
  return fd;
}

base::UniqueFd connect_at(const std::string& name) {
  base::UniqueFd fd = make_socket();
  const Address address(name);
  if (::connect(fd.get(), address.get(), address.size) != 0) return {};
  return fd;
}

bool send_some(int fd, std::string_view text) {
  const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count >= 0 || errno == EAGAIN;
}

std::string read_line(int fd) {
  std::string line;
  for (;;) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, kAnswerPatience_ms) <= 0) throw std::runtime_error("no answer");
    char byte = 0;
    if (::read(fd, &byte, 1) <= 0 || byte == '\n') return line;
    line += byte;
  }
}

std::string ask(pid_t host, std::string_view request) {
  const base::UniqueFd fd = connect_at(status_name_of(host));
  if (!fd) throw std::runtime_error("the run does not listen");
  (void)send_some(fd.get(), request);
  return read_line(fd.get());
}

nlohmann::json status_of(pid_t host) { return nlohmann::json::parse(ask(host)); }

bool wait_until_runs(pid_t host, const std::vector<std::uint64_t>& items) {
  if (!wait_for_status_socket(host)) return false;
  for (int turn = 0; turn < 12'000; ++turn) {
    if (running_items(status_of(host)) == items) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

void wait_until_ending(pid_t host) {
  while (state_of(host) != 'Z' && state_of(host) != '\0') {
    try {
      if (status_of(host)["state"] == "ending") return;
    } catch (const std::exception&) {
      // It ends just now: its socket is gone, or was closed before the answer.
    }
    std::this_thread::sleep_for(5ms);
  }
}

bool wait_until_idle(pid_t host) {
  if (!wait_for_status_socket(host)) return false;
  nlohmann::json former;
  for (int turn = 0; turn < 12'000; ++turn) {
    const nlohmann::json status = status_of(host);
    const bool is_idle = std::ranges::all_of(
        status["workers"], [](const auto& worker) { return worker["state"] == "idle"; });
    const nlohmann::json items = status["items"];
    if (is_idle && items["done"] > 0 && items == former) return true;
    former = items;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

std::vector<std::uint64_t> running_items(const nlohmann::json& status) {
  std::vector<std::uint64_t> items;
  for (const auto& worker : status.at("workers")) {
    if (!worker.at("item").is_null()) items.push_back(worker.at("item"));
  }
  std::ranges::sort(items);
  return items;
}

}  // namespace forkmap::cli
