// SPDX-License-Identifier: Apache-2.0
//
// The untyped pool: columns or text lines in, batches of outcomes out. The typed forkmap::Pool and
// the command are thin layers over it.
//
// Runs in the host, in the thread that made it or took it over (pool_owner.hpp); elsewhere every
// call throws WrongThread (fd() and generation() excepted) and the destructor does nothing. It
// starts no thread. Nothing moves outside its calls except running workers. User code (sources,
// callbacks) runs only between its steps, so a source may itself use the engine.
//  E1 N items in, N outcomes out: each position of a map is settled exactly once.
//  E2 The truth about items (position, attempts, outcome) is in private memory.
//  E3 A map that is not read stops being fed and never blocks another.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/item_source.hpp>
#include <forkmap/options.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/map/map_request.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/shm/arena.hpp"
#include "core/site/further_sites.hpp"
#include "core/site/pool_events.hpp"
#include "core/types/parameters.hpp"

namespace forkmap::pool {

class Map;        // one open map
class Loop;       // everything behind the engine
class LocalSite;  // where its items run
class Orphans;    // what killed zygotes leave behind
class PoolOwner;  // whose thread's it is

enum class Wait : std::uint8_t {
  block,  // until there is a batch, or the end
  poll,   // one step
  no      // only what is there
};
enum class Next : std::uint8_t {
  batch,   // one was given
  end,     // all outcomes of the map have been given
  nothing  // not with Wait::block
};

// How far a map is, read or not.
struct MapProgress {
  std::uint64_t outcomes = 0;
  std::uint64_t failures = 0;               // among them
  std::optional<std::uint64_t> items = {};  // in all, once its source has ended
};

class Engine {
 public:
  // Forks; returns when every worker is ready. `table` must outlive the engine. Throws PoolBroken
  // (a hook failed, or start_timeout), SystemError, InvalidOption. `observer` and `orphans`, if
  // there are any, outlive the engine. With `further` sites items run there, too, and the pool
  // breaks with the last of all sites; what has to do with workers is about this machine's.
  Engine(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer = nullptr,
         Orphans* orphans = nullptr, const MakeSites& further = {});
  // Open maps are cancelled; workers leave in peace (stop hooks run), then the zygote.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Feeds at once up to its bound. The handle may outlive the engine: its calls then throw
  // PoolClosed.
  [[nodiscard]] std::shared_ptr<Map> open(MapRequest&& request);

  // The next batch of a map. Rethrows what its source threw once the items before that are given.
  // Throws PoolBroken only if the pool broke and every outcome of the map was given before (its
  // items end as NotRun).
  [[nodiscard]] static Next next(Map& map, ResultBatch& batch, Wait wait);
  // Without a step: next() would give a batch, or the end.
  [[nodiscard]] static bool has_next(const Map& map) noexcept;
  // A batch that is not needed any more, for its memory.
  static void recycle(Map& map, ResultBatch&& batch);
  void recycle(ResultBatch&& batch);
  [[nodiscard]] static MapProgress progress(const Map& map) noexcept;
  // Items not started are not run; one that runs on is stopped. Nothing more is given.
  static void cancel(Map& map) noexcept;
  // Asks to cancel but still gives the outcomes (Cancelled for items that did not finish). Tasks
  // that run may go on for `grace`; then what still runs is stopped.
  static void cancel_and_settle(Map& map, std::chrono::nanoseconds grace = {});
  // Its receiver gets nothing more; what still comes of the map is dropped.
  static void forget_receiver(Map& map) noexcept;
  // From now on next() gives batches as they come, those that waited for their turn first.
  static void release_order(Map& map);

  bool advance();  // whatever can be done without blocking; true if anything was
  // One blocking step: waits until something happens (at most `limit`), then advances. `also_fd`
  // (or -1): returns when it is readable, too. True if anything was done or also_fd is readable.
  // Never waits if, before that, a map has got an outcome or its end, or the pool has broken; nor
  // after set_due(true).
  bool wait_step(std::chrono::nanoseconds limit, int also_fd = -1);
  // Once it was asked for it is readable, outside the calls here, when advance() has something to
  // do; also after set_due(true), until set_due(false).
  [[nodiscard]] int fd() const noexcept;
  void set_due(bool due) noexcept;
  // The same descriptor, for a caller that makes no other call between advance() and its sleep;
  // then other calls do not pay for it.
  [[nodiscard]] int fd_after_advance() const noexcept;

  // New workers from the registry as it is now; nothing lost, nothing run twice. Throws PoolBroken
  // if the new ones do not come up; the old go on.
  void refork();
  void resize(int workers);
  // No map or future is read after it. `finish`: outstanding maps first run to their end.
  void shutdown(Pending pending);
  // Ends the processes of all pools of this process, which is about to leave (zygote_list.hpp). May
  // be called in a signal handler.
  static void end_all_processes() noexcept;
  void kill();  // at once: all workers killed, all open maps end as Cancelled

  // Stops every worker (Ctrl-Z) and lets them go on. Time limits, and the patience with what was
  // cancelled, stand still in between.
  void pause();
  void resume();

  // Why the pool broke; empty if it did not.
  [[nodiscard]] const std::string& broken_why() const noexcept;
  [[nodiscard]] plugin::Generation generation() const noexcept;
  [[nodiscard]] std::vector<WorkerInfo> workers() const;
  [[nodiscard]] pid_t zygote_pid() const noexcept;
  [[nodiscard]] const PoolOptions& options() const noexcept;
  // Shared, because arrays in it may outlive the engine.
  [[nodiscard]] const std::shared_ptr<shm::Arena>& arena();
  [[nodiscard]] const plugin::RegistryTable& table() const noexcept;
  // With what was asked for in any of its processes; shared, because stop hooks may ask, too, while
  // the engine ends.
  [[nodiscard]] std::shared_ptr<const types::Parameters> parameters() const;
  // Wake-ups that came only because the host looked by itself; 0 in undisturbed runs.
  [[nodiscard]] std::uint64_t rescues() const noexcept;
  // Sends a signal to a worker of the pool now (tests, the shell). False: no such live worker.
  bool signal_worker(int worker, int signal);
  void require_owner() const;  // throws WrongThread
  // Then no thread's, until owner()->take_over().
  void hand_over();
  [[nodiscard]] const std::shared_ptr<PoolOwner>& owner() const noexcept;

 private:
  LocalSite* site_ = nullptr;  // of the loop's; what only a machine has
  std::shared_ptr<Loop> loop_;
};

}  // namespace forkmap::pool
