// SPDX-License-Identifier: Apache-2.0
#include "tests/command/process_tree.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace forkmap::cli {

namespace {

std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;  // of a process that ends while it is read there is as much as there is
  if (file) text << file.rdbuf();
  return text.str();
}

// What stands behind the name in parentheses: state, parent, ...
std::string stat_of(const std::string& pid) {
  const std::string text = read_file("/proc/" + pid + "/stat");
  const std::size_t close = text.rfind(')');
  return close == std::string::npos ? std::string{} : text.substr(close + 2);
}

}  // namespace

std::vector<pid_t> children_of(pid_t parent) {
  if (parent <= 0) throw std::invalid_argument("no process has this number");
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    const bool is_process =
        std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!is_process) continue;
    const std::string stat = stat_of(name);
    if (stat.size() > 2 && std::atoi(stat.c_str() + 2) == parent)
      children.push_back(std::stoi(name));
  }
  return children;
}

pid_t wait_for_zygote(pid_t host, std::size_t workers) {
  for (;;) {
    // The process that tries the plugins is a child, too, for a while.
    for (const pid_t child : children_of(host)) {
      if (children_of(child).size() >= workers) return child;
    }
    const char state = state_of(host);
    if (state == 'Z' || state == '\0') throw std::runtime_error("the host has ended");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

char state_of(pid_t pid) {
  const std::string stat = stat_of(std::to_string(pid));
  return stat.empty() ? '\0' : stat.front();
}

void wait_until_asleep(pid_t pid) {
  for (char state = state_of(pid); state != 'S' && state != 'Z' && state != '\0';
       state = state_of(pid)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::uint64_t private_bytes_of(pid_t pid) {
  constexpr std::string_view mark = "RssAnon:";
  const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find(mark);
  if (at == std::string::npos) return 0;
  return std::strtoull(status.c_str() + at + mark.size(), nullptr, 10) * 1024;
}

bool heeds(pid_t pid, int signal) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (file >> word) {
    if (word != "SigBlk:" && word != "SigCgt:") continue;
    file >> word;
    if (((std::stoull(word, nullptr, 16) >> (signal - 1)) & 1) != 0) return true;
  }
  return false;
}

}  // namespace forkmap::cli
