// SPDX-License-Identifier: Apache-2.0
#include "host/shell_pools.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/base/printable_text.hpp"
#include "host/unasked_parameters.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

// poll() cannot wait longer than some weeks; whoever waits comes again.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(1);

bool is_readable(int fd) {
  pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
  return fd >= 0 && ::poll(&wanted, 1, 0) == 1;
}

}  // namespace

ShellPool& ShellPools::open(const std::string& name, const plugin::RegistryTable& table,
                            PoolOptions options) {
  if (pools_.contains(name))
    throw UsageError("there is a pool " + name + " already; close it first");
  ShellPool pool;
  pool.name = name;
  pool.engine = std::make_unique<pool::Engine>(table, std::move(options), nullptr, &orphans_);
  return pools_.emplace(name, std::move(pool)).first->second;
}

ShellPool& ShellPools::at(const std::string& name) {
  const auto found = pools_.find(name);
  if (found != pools_.end()) return found->second;
  std::string names;
  for (const auto& [known, pool] : pools_) names += (names.empty() ? "" : ", ") + known;
  throw UsageError(
      "there is no pool " + name + "; " +
      (names.empty() ? "make one with: pool " + name + " workers=2" : "there is: " + names));
}

void ShellPools::close(const std::string& name) {
  ShellPool& pool = at(name);
  for (const ShellMap& started : pool.started) pool::Engine::cancel(*started.map);
  pool.engine->shutdown(Pending::cancel);
  const bool has_called = pool.has_called;
  const auto parameters = pool.engine->parameters();
  pools_.erase(name);
  if (!has_called) return;
  for (const std::string& notice : unasked_notices(*parameters)) {
    std::fprintf(stderr, "forkmap: %s\n", base::printable_lines(notice).c_str());
  }
}

void ShellPools::close_all() {
  while (!pools_.empty()) close(std::string(pools_.begin()->first));
}

bool ShellPools::advance_all() {
  bool any = false;
  for (auto& [name, pool] : pools_) any = pool.engine->advance() || any;
  return any;
}

bool ShellPools::wait(std::chrono::nanoseconds limit, int also_fd) {
  limit = std::clamp<std::chrono::nanoseconds>(limit, {}, kLongestWait);
  if (pools_.size() == 1) {
    // The engine itself looks for lost wake-ups while it waits.
    pools_.begin()->second.engine->wait_step(limit, also_fd);
    return is_readable(also_fd);
  }
  if (advance_all()) return is_readable(also_fd);
  std::vector<pollfd> wanted;
  wanted.reserve(pools_.size() + 1);
  for (const auto& [name, pool] : pools_) wanted.push_back({pool.engine->fd(), POLLIN, 0});
  wanted.push_back({also_fd, POLLIN, 0});  // a negative one is passed over
  timespec timeout{};
  timeout.tv_sec = limit / std::chrono::seconds(1);
  timeout.tv_nsec = (limit % std::chrono::seconds(1)).count();
  ::ppoll(wanted.data(), wanted.size(), &timeout, nullptr);
  advance_all();
  return is_readable(also_fd);
}

}  // namespace forkmap::host
