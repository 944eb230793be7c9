// SPDX-License-Identifier: Apache-2.0
#include "core/base/demangled_name.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <forkmap/mangled_name.hpp>
#include <memory>
#include <utility>

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestTextBytes = 16384;
constexpr rlim_t kMostSeconds = 2;  // of CPU, should its parent be killed

std::string expanded(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || !text) return name;
  std::string result(text.get());
  if (result.size() > kLongestTextBytes) {
    result.resize(kLongestTextBytes);
    result += "...";
  }
  return result;
}

[[noreturn]] void expand_and_leave(const std::string& name, int target) noexcept {
  const rlimit no_core{0, 0};
  const rlimit time{kMostSeconds, kMostSeconds};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &time);
  const std::string text = expanded(name);
  [[maybe_unused]] const ssize_t written = ::write(target, text.data(), text.size());
  ::_exit(0);
}

// All that comes until the end, or until time is up.
std::string read_until(int fd, Clock::time_point limit) {
  std::string text;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now());
    pollfd wait{fd, POLLIN, 0};
    if (left.count() <= 0) return {};
    if (::poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

std::string expanded_by_child(const std::string& name, Clock::time_point limit) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return name;
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) expand_and_leave(name, to.get());
  to.reset();
  if (child < 0) return name;
  const std::string text = read_until(from.get(), limit);
  ::kill(child, SIGKILL);  // ours until it is reaped below
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return text.empty() ? name : text;
}

}  // namespace

std::string SymbolNames::of(const std::string& symbol) {
  if (!symbol.starts_with("_Z") || symbol.size() > detail::kLongestNameBytes) return symbol;
  if (detail::expands_soon(symbol)) return expanded(symbol);
  const auto known = known_.find(symbol);
  if (known != known_.end()) return known->second;
  const auto begin = Clock::now();
  std::string name = expanded_by_child(symbol, begin + left_);
  left_ -= Clock::now() - begin;
  return known_.emplace(symbol, std::move(name)).first->second;
}

}  // namespace forkmap::base
