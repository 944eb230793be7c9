// SPDX-License-Identifier: Apache-2.0
//
// An agent in a process of its own, as on another machine: killed, and waited for, with the test.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/unique_fd.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::testing {

class AgentProcess {
 public:
  // Forks; the coordinator's end of its socket is take_socket(). What its workers print goes there.
  AgentProcess(const plugin::RegistryTable& table, int workers, const std::string& name);
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;
  ~AgentProcess();

  [[nodiscard]] base::UniqueFd take_socket() { return std::move(socket_); }
  void signal(int number) const;
  // Waits for its end by itself; its exit status, or -1 if a signal has ended it.
  int wait();

 private:
  pid_t pid_ = -1;
  base::UniqueFd socket_;
};

}  // namespace forkmap::testing
