// SPDX-License-Identifier: Apache-2.0
//
// What a constructor of a shared object may change in the process that loads it, without being
// asked: what signals do, which are blocked, and how floating point rounds.
#pragma once

#include <cfenv>
#include <csignal>
#include <map>
#include <string>
#include <vector>

namespace forkmap::plugin {

// Remembers the state when it is made.
class ProcessState {
 public:
  ProcessState();
  // Puts it back. Returns what had been changed, "what SIGSEGV does", and so on.
  std::vector<std::string> restore() const;

 private:
  std::map<int, struct sigaction> actions_;
  sigset_t blocked_{};
  std::fenv_t floating_point_{};
};

// "SIGSEGV"; "signal 40" for one without a name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace forkmap::plugin
