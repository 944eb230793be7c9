// SPDX-License-Identifier: Apache-2.0
//
// What a dead worker leaves behind: processes of its session's group, and descendants that left
// that group and have become children of the zygote, the nearest child subreaper above.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace forkmap::process {

// Living and dead unreaped children of this (single-threaded) process. None are found where /proc
// is missing, or is another pid namespace's.
[[nodiscard]] std::vector<pid_t> children_of_this_process();

// The same on kernels without the list of children (CONFIG_PROC_CHILDREN): tries every process
// there is with waitid, which answers ECHILD for all but our own children.
[[nodiscard]] std::vector<pid_t> children_by_trial();

// True if that child has ended, and is now reaped, or is no child of this process.
[[nodiscard]] bool reap_if_ended(pid_t child) noexcept;

// SIGKILL to a session leader and its process group. The leader must be an unreaped child, so that
// its number cannot mean another process.
void kill_session_group(pid_t leader) noexcept;

enum class [[nodiscard]] Strays : std::uint8_t { none_left, some_left };

// Kills and reaps every child for which `is_kept` is false, and what these leave to us in turn, in
// passes until there is none or the time is over (a child that sits in an uninterruptible system
// call can take long).
Strays kill_stray_children(const std::function<bool(pid_t)>& is_kept,
                           std::chrono::steady_clock::time_point deadline);

}  // namespace forkmap::process
