// SPDX-License-Identifier: Apache-2.0
//
// What host and zygote say to each other, over a SOCK_SEQPACKET pair. One fixed-size struct a
// message; descriptors travel as SCM_RIGHTS. The host trusts the zygote (it runs no plugin code
// after preload), but checks sizes and kinds.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <type_traits>

namespace forkmap::process {

// A worker is named by its slot in the pool and the number of the spawn that made it, so that a
// late message about a predecessor is recognised.
struct WorkerId {
  std::uint32_t slot = 0;
  std::uint32_t incarnation = 0;
  friend bool operator==(WorkerId, WorkerId) = default;
};

enum class RequestKind : std::uint32_t {
  spawn = 1,  // + descriptors: inputs, results and, if has_output, the write end for stdout/stderr
  stop_item,  // stop, look at {turn, item}, kill or continue; always answered, once, by killed or
              // moved_on: before the worker's `exited`, or after it if the request came too late
  kill,       // SIGKILL at once, with its group
  pause,      // Ctrl-Z: SIGSTOP every worker; stop_grace does not run
  resume,
  set_limit,  // items whose lane says limit `number` are stopped after `limit_ns`; 0: are not
  quit        // no more spawns; the zygote leaves when its last worker has left
};

struct Request {
  RequestKind kind{};
  WorkerId worker = {};
  std::uint32_t turn = 0;
  std::uint32_t item = 0;
  std::uint32_t has_output = 0;
  std::uint32_t number = 0;
  std::uint64_t limit_ns = 0;
};

enum class EventKind : std::uint32_t {
  preloading = 1,  // step `number` is about to run
  preload_failed,  // step `number`; text says why (hook's message, threads left, identity lost)
  ready,           // preload done, spawns are taken
  spawned,         // + pidfd
  spawn_failed,    // error_number
  exited,          // status as waitpid gives it; resources; cause
  killed,          // answer to stop_item: it was still at that item and is dead or dying (it may
                   // have died there by itself: `exited` tells its status and cause)
  moved_on,        // answer to stop_item: it was elsewhere, or is not known (any more)
  stopped,         // somebody stopped the worker (not the zygote itself)
  continued
};

enum class ExitCause : std::uint32_t {
  own = 1,     // the worker's own doing, or a signal from elsewhere
  asked_kill,  // request kill
  asked_stop,  // request stop_item
  stop_grace,  // it was stopped longer than stop_grace
  time_limit   // an item ran longer than its limit, `limit_ns`
};

struct Event {
  EventKind kind{};
  WorkerId worker = {};
  pid_t pid = 0;
  std::int32_t status = 0;
  std::int32_t error_number = 0;
  std::uint32_t number = 0;
  ExitCause cause = ExitCause::own;
  std::uint64_t user_time_us = 0;
  std::uint64_t system_time_us = 0;
  std::uint64_t max_resident_kib = 0;
  std::uint32_t turn = 0;  // of the answered stop_item
  std::uint32_t item = 0;
  std::uint64_t limit_ns = 0;
  std::array<char, 1024> text{};  // NUL-terminated
};
static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Event>);

}  // namespace forkmap::process
