// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>

#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

// The body of a probe's subject: loads the plugin, checks its descriptor, reports each step, and
// leaves by _exit. Called in the subject's process.
[[noreturn]] void run_probe_subject(const OpenedPlugin& plugin, pid_t guard, int report_fd,
                                    int output_fd, std::chrono::milliseconds time_limit) noexcept;

// Dies with its parent, which must still be `parent`; a session of its own; every signal does what
// it does by default, and none is blocked. For guard and subject.
void become_probe_process(pid_t parent) noexcept;

}  // namespace forkmap::plugin
