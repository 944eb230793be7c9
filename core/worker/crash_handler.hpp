// SPDX-License-Identifier: Apache-2.0
//
// The signal handler of a worker that dies of itself: leaves a record in the lane's crash area
// (crash_record.hpp), and lets the process end by the same signal, where it was hit.
//
// Who runs this: the worker; the handler runs in whatever thread got the signal, on the alternate
// stack if that thread has one, and calls async-signal-safe functions only.
//  H1 The process ends by the signal that came first, whatever happens in the handler: another
//     fault in it, another thread's crash, a lock that is never released (an alarm sees to that).
//  H2 The signal's default action is taken with the registers, and the signal's information, of the
//     fault: so a core file shows what it would have shown without a handler.
//     But an item that ran longer than its limit is ended by the zygote.
//  H3 A child that a function forks has the handler, but not the lane: it writes nothing.
#pragma once

#include "core/lane/lane_memory.hpp"
#include "core/process/stack_range.hpp"

namespace forkmap::pool {

// In the host, before workers are forked: what an unwinder sets up at its first use it must not set
// up in a handler, and in each worker that would cost most of a millisecond.
void prepare_crash_handler() noexcept;

// For SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP and SIGSYS, once in the life of a process.
// What a plugin sets later counts. And for the signal by which the zygote asks for the stack of an
// item that has run too long.
void install_crash_handler(const lane::LaneView& lane, const process::StackRange& stack) noexcept;

// This process leaves by exit() or quick_exit(), and the caller's frames are still there: leaves a
// record of signal 0, unless there is one.
void record_exit() noexcept;

}  // namespace forkmap::pool
