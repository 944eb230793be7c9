// SPDX-License-Identifier: Apache-2.0
//
// Step 2 of a load: the plugin is loaded and asked for its descriptor in a throw-away process, so
// that a crash, exit, hang or wild pointer costs that process and becomes a LoadError.
//
//   host --fork--> guard --fork--> subject: dlopen, descriptor, checks
//
// The guard has the time limit and waits for the subject, so the probe works also in a host that
// ignores SIGCHLD or waits for any child. It kills whatever the subject leaves behind. Each step
// goes through a pipe as it begins; an exit status means nothing (a constructor may call exit(0)).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

struct ProbedFunction {
  std::string name;
  std::string signature;
  std::string doc;
  bool once = false;
  bool vectorized = false;
};

struct ProbeReport {
  std::string name;
  std::string version;
  bool has_hooks = false;
  std::vector<ProbedFunction> functions;
  std::vector<std::string> warnings;  // what its constructors do that a plugin should not do
};

// What of a probe still runs when its report is there: the guard, which has seen to the end of the
// subject and of all that it had started, and has still to end itself. That is waited for when this
// ends, so that the host can go on meanwhile.
class ProbeEnd {
 public:
  ProbeEnd() = default;
  ProbeEnd(const ProbeEnd&) = delete;
  ProbeEnd& operator=(const ProbeEnd&) = delete;
  ~ProbeEnd() { wait(); }
  void wait() noexcept;

 private:
  friend ProbeReport probe(const OpenedPlugin& plugin, std::chrono::milliseconds time_limit,
                           ProbeEnd& end);
  base::UniqueFd guard_;   // its pidfd; empty: none, or somebody else has reaped it
  base::UniqueFd report_;  // for its last words
  std::chrono::steady_clock::time_point limit_;
};

// Throws LoadError, step "open" (its constructors, undefined symbols) or "descriptor"; SystemError
// where no process can be made.
[[nodiscard]] ProbeReport probe(const OpenedPlugin& plugin, std::chrono::milliseconds time_limit,
                                ProbeEnd& end);

}  // namespace forkmap::plugin
