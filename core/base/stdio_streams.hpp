// SPDX-License-Identifier: Apache-2.0
//
// What the streams of the C library (and std::cout, cerr, clog over them) hold when a process forks
// and when a forked process ends. A text that was printed before a fork is written once, by the
// process that printed it.
#pragma once

namespace forkmap::base {

// In the host, before it forks a process that may later write its streams: writes what they hold.
// Where other threads run, only what standard output and error hold, and only if nobody is using
// them: such a thread may keep a stream locked for as long as it waits for input.
void flush_before_fork() noexcept;

// In a new process with one thread: every stream forgets what was not written before the fork. The
// process that forked has it too, and will write it.
void discard_unwritten() noexcept;

// In a process of forkmap's own: writes what all streams hold.
void flush_all_streams() noexcept;

}  // namespace forkmap::base
