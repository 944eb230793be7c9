// SPDX-License-Identifier: Apache-2.0
//
// What is behind the typed Pool: the engine, the maps that are open on it, and its submitted items.
// One thread of one process, as the engine. Callbacks of the caller run in after_step() only, that
// is between the engine's steps, and may use the pool.
#pragma once

#include <chrono>
#include <deque>
#include <forkmap/pool_access.hpp>
#include <forkmap/registry.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/original_process.hpp"
#include "core/pool/engine.hpp"

namespace forkmap::detail {

class FutureState {
 public:
  FutureState(std::shared_ptr<PoolState> owner, std::size_t number, std::string_view name)
      : pool(std::move(owner)), index(number), function(name) {}

  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;
  ~FutureState();

  std::shared_ptr<PoolState> pool;
  std::size_t index;               // among the submitted items of the pool
  std::string function;            // full name
  std::shared_ptr<pool::Map> map;  // null once it is done
  bool done = false;
  bool cancelled = false;  // was asked to be
  ResultBatch result;      // once it is done; one outcome
  std::vector<std::function<void(const ResultBatch&)>> callbacks;

  // Tells `queue`, if it still lives then, that this future is done.
  void watch(const std::shared_ptr<CompletionQueue>& queue, std::size_t number);

 private:
  friend class PoolState;
  struct Watcher {
    std::weak_ptr<CompletionQueue> queue;
    std::size_t number;
  };
  std::vector<Watcher> watchers_;
  std::list<std::shared_ptr<FutureState>>::iterator place_;  // among the pool's outstanding ones
};

class PoolState : public PoolGate, public std::enable_shared_from_this<PoolState> {
 public:
  PoolState(const Registry& registry, PoolOptions options);

  [[nodiscard]] pool::Engine& engine();  // throws PoolClosed after close()
  // Null once the pool object is gone; still there after shutdown().
  [[nodiscard]] const pool::Engine* engine_or_null() const noexcept { return engine_.get(); }
  // Whether this is the process and thread that made the pool.
  [[nodiscard]] bool is_owner() const noexcept;

  [[nodiscard]] std::shared_ptr<pool::Map> open_map(MapCall call, bool ordered,
                                                    std::uint64_t first_index,
                                                    bool may_hold_windows = true);
  [[nodiscard]] std::shared_ptr<FutureState> submit(MapCall call);

  // Futures whose item is done learn it. Runs no callback.
  void settle_arrived();
  // After anything that may have moved the engine: futures whose item is done learn it, and
  // callbacks that are due run. True if anything was done. Throws what a callback throws; the
  // others stay due.
  bool after_step();
  // Waits until `future` is done, at most for `limit`; true if it is.
  bool wait_for(FutureState& future, std::chrono::nanoseconds limit);
  void cancel(FutureState& future);
  // Puts a callback of a future that is done already in the queue.
  void callback_is_due(std::shared_ptr<FutureState> future,
                       std::function<void(const ResultBatch&)> callback);
  [[nodiscard]] bool expects_callbacks() const noexcept { return callbacks_ != 0 || !due_.empty(); }
  void note_callback() noexcept { ++callbacks_; }

  // Runs what was submitted to its end, callbacks too.
  void finish_futures();
  void shutdown(Pending pending);
  // The end of the pool object. Nothing is awaited while unwinding.
  void close(bool unwinding) noexcept;

 private:
  std::unique_ptr<pool::Engine> engine_;
  base::OriginalProcess owner_;
  std::thread::id owner_thread_ = std::this_thread::get_id();
  std::uint64_t submitted_ = 0;
  std::size_t callbacks_ = 0;  // of futures that are not done
  std::list<std::shared_ptr<FutureState>> outstanding_;
  std::vector<std::weak_ptr<FutureState>> arrived_;  // an outcome can be taken
  struct DueCallback {
    std::shared_ptr<FutureState> future;
    std::function<void(const ResultBatch&)> call;
  };
  std::deque<DueCallback> due_;
  std::vector<std::weak_ptr<pool::Map>> maps_;  // open ones, and some that have ended
  std::size_t sweep_maps_at_ = 64;

  void settle(FutureState& future);
  void cancel_maps() noexcept;
  void let_go() noexcept;
};

}  // namespace forkmap::detail
