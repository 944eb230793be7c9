// SPDX-License-Identifier: Apache-2.0
#include "tests/node/agent_process.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <utility>

#include "core/base/own_descriptors.hpp"
#include "core/node/agent.hpp"
#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

// 0: it was asked to leave; 1: it left for another reason.
int run_agent(const plugin::RegistryTable& table, int workers, base::UniqueFd socket,
              const std::string& name) {
  try {
    PoolOptions options;
    options.workers = workers;
    node::Agent agent(
        table, options, [&socket] { return node::Agent::CoordinatorEnd{std::move(socket)}; }, name);
    return agent.run().empty() ? 0 : 1;
  } catch (const std::exception&) {
    return 2;
  }
}

}  // namespace

AgentProcess::AgentProcess(const plugin::RegistryTable& table, int workers,
                           const std::string& name) {
  auto [ours, theirs] = base::make_socket_pair(SOCK_STREAM);
  socket_ = std::move(ours);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    // On another machine it would have none of these.
    base::close_own_descriptors_but(std::array{theirs.get()});
    ::_exit(run_agent(table, workers, std::move(theirs), name));
  }
}

AgentProcess::~AgentProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void AgentProcess::signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }

int AgentProcess::wait() {
  int status = 0;
  REQUIRE(::waitpid(std::exchange(pid_, -1), &status, 0) > 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace forkmap::testing
