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

// Throws LoadError, step "open" (its constructors, undefined symbols) or "descriptor"; SystemError
// where no process can be made.
[[nodiscard]] ProbeReport probe(const OpenedPlugin& plugin, std::chrono::milliseconds time_limit);

}  // namespace forkmap::plugin
