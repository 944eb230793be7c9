// SPDX-License-Identifier: Apache-2.0
//
// An agent with workers of its own; the test is its coordinator, in the same process.
#pragma once

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <forkmap/registry.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/node/agent.hpp"
#include "tests/catch.hpp"
#include "tests/node/coordinator_end.hpp"
#include "tests/pool/shared_counter.hpp"

namespace forkmap::testing {

class Team {
 public:
  explicit Team(WorkerOutput output = WorkerOutput::inherit, PoolOptions options = {})
      : Team(base::make_socket_pair(SOCK_STREAM), with(output, std::move(options))) {}

  void step() {
    agent.step(std::chrono::milliseconds(10));
    end.hear();
  }
  void wait_for_outcomes(std::size_t count) {
    while (end.outcomes() < count) {
      REQUIRE_FALSE(agent.is_over());
      step();
    }
  }
  void wait_for_end() {
    while (!agent.is_over()) agent.step(std::chrono::milliseconds(10));
    while (!end.connection.is_over()) end.hear();
  }

  SharedCounter prints;  // items that have printed all of theirs
  Registry registry;
  CoordinatorEnd end;
  node::Agent agent;

 private:
  Team(std::pair<base::UniqueFd, base::UniqueFd> sockets, PoolOptions options)
      : end((add_functions(registry, prints), std::move(sockets.first))),
        agent(
            registry.table(), std::move(options),
            [&sockets] { return node::Agent::CoordinatorEnd{std::move(sockets.second)}; }, "n3") {}

  static void add_functions(Registry& registry, SharedCounter& prints) {
    registry.add("square", [](std::int64_t x) {
      if (x == 13) throw std::runtime_error("unlucky");
      return x * x;
    });
    registry.add("die", [](std::int64_t x) {
      if (x == 3) ::raise(SIGKILL);
      return x;
    });
    registry.add("print", [&prints](std::int64_t x) {
      const std::string text =
          x == 3 ? "a line\nand a half" : std::string(static_cast<std::size_t>(x), 'x');
      std::size_t at = 0;
      while (at < text.size()) {
        const ssize_t written = ::write(1, text.data() + at, text.size() - at);
        if (written > 0) at += static_cast<std::size_t>(written);
      }
      ++*prints;
      if (x == 3) throw std::runtime_error("three");
      return x;
    });
    registry.add("hang", [](std::int64_t x) {
      while (x == 1) ::pause();
      return x;
    });
  }
  static PoolOptions with(WorkerOutput output, PoolOptions options) {
    options.workers = 2;
    options.worker_output = output;
    return options;
  }
};

inline std::vector<std::string> numbers(int first, int count) {
  std::vector<std::string> lines;
  for (int number = first; number < first + count; ++number) {
    lines.push_back(std::to_string(number));
  }
  return lines;
}

inline constexpr const char* kSignature = "(i64) -> i64";

}  // namespace forkmap::testing
