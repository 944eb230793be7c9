// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>

#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

// The body of a probe's guard: forks the subject, waits for it at most `time_limit`, ends
// everything that it started, reports, and leaves by _exit. Called in the guard's process.
[[noreturn]] void guard_probe(const OpenedPlugin& plugin, pid_t host, int report_fd, int output_fd,
                              std::chrono::milliseconds time_limit) noexcept;

}  // namespace forkmap::plugin
