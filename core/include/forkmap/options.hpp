// SPDX-License-Identifier: Apache-2.0
//
// What a pool, a map and the worker table are told and tell. Every field has a default; 0 workers
// or bytes means the default.
#pragma once

#include <forkmap/requirements.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <forkmap/crash_report.hpp>

namespace forkmap {

enum class OnStale : std::uint8_t {
  fail,   // StaleRegistry for each item
  refork  // the pool renews its workers by itself, once per generation, and goes on
};

// Where the standard output (and error) of functions goes.
enum class WorkerOutput : std::uint8_t {
  inherit,         // as the host's
  standard_error,  // standard output goes to standard error
  // Both come to `output` as they are printed, or to standard error, and stand in the errors of
  // items that failed (ItemError::printed). A worker whose output nobody takes, since the pool is
  // in none of its calls, waits when 64 KiB are there; so with `tag`.
  forward,
  tag,     // lines come to `output_line`, or to standard error as "[w0 1234] line"
  discard  // both go nowhere
};

// The most that may be asked for; more is InvalidOption.
inline constexpr int kMostWorkers = 4096;
inline constexpr int kMostRetries = 1'000'000;
inline constexpr std::size_t kMostChunkItems = std::size_t{1} << 31U;

struct PoolOptions {
  int workers = 0;                  // 0: default_workers()
  int retries = 1;                  // further attempts for an item whose worker died
  bool once = false;                // no item is ever run again
  std::size_t window_bytes = 0;     // virtual memory of one window; 0: 256 MiB
  std::size_t in_flight_bytes = 0;  // inputs, results and unread results; 0: min(1 GiB, memory / 8)
  // An item that runs longer ends as timed_out, after `retries`; its worker is replaced. The time
  // of an item begins when it begins to run, and stands still while its worker is stopped. 0: none.
  std::chrono::nanoseconds timeout = {};
  std::chrono::nanoseconds start_timeout = std::chrono::seconds(30);
  std::chrono::nanoseconds stop_grace = std::chrono::seconds(10);  // then a stopped one is dead
  std::chrono::nanoseconds shortage_timeout = std::chrono::minutes(5);
  std::uint64_t recycle_after_items = 0;  // a worker is replaced after so many; 0: never
  // A worker is replaced, between two items, when it is older, or when its private memory that is
  // resident has grown by so many bytes since the fork. 0: never.
  std::chrono::nanoseconds recycle_after_age = {};
  std::size_t recycle_after_growth = 0;
  // Bytes of private memory that a worker may ask for beyond what it was forked with. What it is
  // refused is a std::bad_alloc, or a null pointer, in the function. 0: no limit.
  std::size_t memory = 0;
  int nice = 0;      // workers have a priority lower by so many steps, 0 .. 19
  bool pin = false;  // each worker runs on one core
  OnStale on_stale = OnStale::fail;
  WorkerOutput worker_output = WorkerOutput::inherit;
  std::map<std::string, std::string> parameters = {};
  std::uint64_t seed = 0;
  std::function<void()> worker_start = {};  // in each worker before its first item; may throw
  std::function<void(std::string_view bytes)> output = {};
  std::function<void(int worker, pid_t pid, std::string_view line)> output_line = {};
  // Each time a worker has died of its own while an item ran, or for its time limit, also if the
  // item is tried again. Not to use the pool. What a callback here throws is told on standard
  // error, and the pool goes on.
  std::function<void(const CrashReport&)> crashed = {};
  bool core_files = false;  // workers leave core files as the host would; else none
  // "no worker can be started now ...", at most one in 10 s; "workers died in 3 calls of the
  // vectorized function ...", once a function
  std::function<void(std::string_view)> notice = {};
  // The descriptors of this process that workers have as well, besides 0, 1, 2 and forkmap's own;
  // all others are closed before preload. Not given: workers inherit every one. They are those that
  // have the numbers when the pool is made, or renewed.
  std::optional<std::vector<int>> keep_descriptors = {};
};

struct MapOptions {
  std::size_t chunk = 0;  // items a task; 0: automatic
  std::optional<int> retries = {};
  std::optional<std::chrono::nanoseconds> timeout = {};  // instead of the pool's; 0: none
  // A time limit in percent of the median of the map's finished items, above 100; at least 100 ms,
  // and none before 10 items have finished. With a `timeout`, too, the shorter counts. 0: none.
  int timeout_percent = 0;
  bool once = false;
};

enum class Pending : std::uint8_t { finish, cancel };

enum class WorkerState : std::uint8_t { starting, idle, running, stopped, leaving, dead };
[[nodiscard]] std::string_view to_string(WorkerState state) noexcept;

struct WorkerInfo {
  int number = 0;
  pid_t pid = 0;
  std::uint32_t node = 0;  // where it is; 0: this machine
  std::uint64_t generation = 0;
  WorkerState state = WorkerState::starting;
  std::optional<std::size_t> item = {};  // that runs now
  // How long the pool has seen it run, without the time in which the pool was paused. The item may
  // have run longer: its begin is seen at most 1 s late while the pool is in one of its calls, and
  // otherwise at the first call after it.
  std::chrono::nanoseconds item_time = {};
  std::string function = {};
  std::uint64_t items_done = 0;         // by this process
  std::uint64_t items_done_in_all = 0;  // by this process and its predecessors
  std::uint32_t respawns = 0;
  std::uint64_t window_bytes = 0;  // touched in its windows since they were last given back
  std::uint32_t cells_ready = 0;
  std::uint32_t cells_running = 0;
  std::uint64_t tasks_done = 0;
  // Wake-ups by this process that got lost, so that the host found its results by looking; 0 unless
  // somebody meddles with the doorbell.
  std::uint32_t rescues = 0;
};

// min(processors that this process may run on, CPU quota of its cgroup), at least 1.
[[nodiscard]] int default_workers() noexcept;

}  // namespace forkmap
