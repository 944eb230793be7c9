// SPDX-License-Identifier: Apache-2.0
//
// What is behind the typed Pool: the engine, the maps that are open on it, and its submitted items.
// One thread of one process, as the engine. Callbacks of the caller run in after_step() only, that
// is between the engine's steps, and may use the pool.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <deque>
#include <forkmap/pool_access.hpp>
#include <forkmap/registry.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/pool/engine.hpp"
#include "core/pool/pool_owner.hpp"

namespace forkmap::detail {

// One submitted item: gets its outcome inside the engine's step in which it arrives. While it is
// awaited its pool keeps it, however soon its Future was dropped.
class FutureState final : public pool::OutcomeReceiver,
                          public boost::intrusive::list_base_hook<> {  // in PoolState
 public:
  FutureState(std::shared_ptr<PoolState> owner, std::size_t number) noexcept
      : pool(std::move(owner)), index(number) {}
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;
  ~FutureState() override;

  void receive(ResultBatch&& outcome) noexcept override;

  std::shared_ptr<PoolState> pool;
  std::size_t index;               // among the submitted items of the pool
  std::shared_ptr<pool::Map> map;  // null once it is done
  bool done = false;
  ResultBatch result;  // once it is done; one outcome
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
  std::shared_ptr<FutureState> kept_;  // itself, while it is outstanding
};

class PoolState : public PoolGate {
 public:
  PoolState(const Registry& registry, PoolOptions options);

  [[nodiscard]] pool::Engine& engine();  // throws PoolClosed after close()
  // Null once the pool object is gone; still there after shutdown().
  [[nodiscard]] const pool::Engine* engine_or_null() const noexcept { return engine_.get(); }
  // Whether this is the process and thread that made the pool.
  [[nodiscard]] bool is_owner() const noexcept { return owner_->is_here(); }
  [[nodiscard]] const std::shared_ptr<pool::PoolOwner>& owner() const noexcept { return owner_; }
  void hand_over();
  void take_over();
  // Throws InvalidOption if the registry was destroyed.
  void require_registry() const;

  [[nodiscard]] std::shared_ptr<pool::Map> open_map(MapCall&& call, bool ordered);
  // `self` is this: the future keeps it.
  [[nodiscard]] std::shared_ptr<FutureState> submit(const std::shared_ptr<PoolState>& self,
                                                    MapCall&& call);

  // After anything that may have moved the engine: callbacks that are due run. True if any was.
  // Throws what a callback throws; the others stay due, as do those that become due meanwhile: then
  // the engine does not sleep (Engine::set_due()).
  bool after_step();
  // Waits until `future` is done, at most for `limit`; true if it is.
  bool wait_for(FutureState& future, std::chrono::nanoseconds limit);
  void cancel(FutureState& future);
  // Puts a callback of a future that is done already in the queue.
  void callback_is_due(std::shared_ptr<FutureState> future,
                       std::function<void(const ResultBatch&)> callback);
  [[nodiscard]] bool expects_callbacks() const noexcept { return callbacks_ != 0 || !due_.empty(); }
  [[nodiscard]] bool has_due_callbacks() const noexcept { return !due_.empty(); }
  void note_callback() noexcept { ++callbacks_; }

  // Runs what was submitted to its end, callbacks too.
  void finish_futures();
  void shutdown(Pending pending);
  // The end of the pool object. Nothing is awaited while unwinding.
  void close(bool unwinding) noexcept;

 private:
  std::shared_ptr<const plugin::RegistryTable> table_;  // lives on without its registry
  std::unique_ptr<pool::Engine> engine_;
  std::shared_ptr<pool::PoolOwner> owner_;  // the engine's
  std::uint64_t submitted_ = 0;
  std::size_t callbacks_ = 0;  // of futures that are not done
  boost::intrusive::list<FutureState> outstanding_;
  struct DueCallback {
    std::shared_ptr<FutureState> future;
    std::function<void(const ResultBatch&)> call;
  };
  std::deque<DueCallback> due_;
  std::vector<std::weak_ptr<pool::Map>> maps_;  // open ones, and some that have ended
  std::size_t sweep_maps_at_ = 64;

  friend class FutureState;
  void settled(FutureState& future) noexcept;
  [[nodiscard]] pool::MapRequest request_for(MapCall&& call);
  void cancel_maps() noexcept;
  void let_go() noexcept;
};

}  // namespace forkmap::detail
