// SPDX-License-Identifier: Apache-2.0
#include "core/pool/pool_state.hpp"

#include <algorithm>
#include <cstdio>
#include <forkmap/error.hpp>
#include <forkmap/registry.hpp>
#include <memory>
#include <string>
#include <utility>

#include "core/map/map.hpp"
#include "core/plugin/serial_session.hpp"

namespace forkmap::detail {

FutureState::~FutureState() {
  if (result.memory && pool->open && pool->is_owner()) pool->engine_->recycle(std::move(result));
}

void FutureState::receive(ResultBatch&& outcome) noexcept {
  result = std::move(outcome);
  done = true;
  map.reset();
  for (const Watcher& watcher : watchers_) {
    if (const auto queue = watcher.queue.lock()) queue->arrived.push_back(watcher.number);
  }
  watchers_.clear();
  pool->settled(*this);
}

void FutureState::watch(const std::shared_ptr<CompletionQueue>& queue, std::size_t number) {
  if (done) {
    queue->arrived.push_back(number);
    return;
  }
  std::erase_if(watchers_, [](const Watcher& watcher) { return watcher.queue.expired(); });
  watchers_.push_back({queue, number});
}

namespace {

// A function may call another one by its handle, in the worker. There the pool has run the hooks,
// so the registry's serial session takes over what they were given.
PoolOptions with_session_in_workers(const Registry& registry, PoolOptions options) {
  options.worker_start =
      [table = registry.shared_table(), session = &registry.serial_session(), seed = options.seed,
       parameters = std::make_shared<const types::Parameters>(options.parameters),
       start = std::move(options.worker_start)] {
        session->adopt(*table, types::RunEnvironment{parameters.get()}, seed);
        if (start) start();
      };
  return options;
}

}  // namespace

PoolState::PoolState(const Registry& registry, PoolOptions options)
    : table_(registry.shared_table()),
      engine_(std::make_unique<pool::Engine>(
          *table_, with_session_in_workers(registry, std::move(options)))),
      owner_(engine_->owner()) {}

pool::Engine& PoolState::engine() {
  if (!open) throw PoolClosed("the pool was shut down; make a new one");
  require_registry();
  return *engine_;
}

void PoolState::require_registry() const {
  if (table_->registry_is_gone()) {
    throw InvalidOption(
        "the Registry of this pool has been destroyed; declare it before the Pool, so that it "
        "outlives it");
  }
}

void PoolState::hand_over() { engine().hand_over(); }

void PoolState::take_over() {
  if (!open) throw PoolClosed("the pool was shut down; make a new one");
  owner_->take_over();
}

pool::MapRequest PoolState::request_for(MapCall&& call) {
  pool::Engine& target = engine();
  target.require_owner();
  if (&call.function.registry().table() != &target.table()) {
    throw InvalidOption("function " + std::string(call.function.full_name()) +
                        " belongs to another registry than the pool's");
  }
  pool::MapRequest request;
  request.function = &call.function.entry();
  request.source = std::move(call.source);
  request.options = std::move(call.options);
  request.arena_columns = std::move(call.arena_columns);
  request.arena_items = call.arena_items;
  return request;
}

std::shared_ptr<pool::Map> PoolState::open_map(MapCall&& call, bool ordered) {
  pool::MapRequest request = request_for(std::move(call));
  request.ordered = ordered;
  std::shared_ptr<pool::Map> map = engine_->open(std::move(request));
  if (maps_.size() >= sweep_maps_at_) {
    std::erase_if(maps_, [](const auto& entry) { return entry.expired(); });
    sweep_maps_at_ = std::max<std::size_t>(64, maps_.size() * 2);
  }
  maps_.push_back(map);
  return map;
}

std::shared_ptr<FutureState> PoolState::submit(const std::shared_ptr<PoolState>& self,
                                               MapCall&& call) {
  pool::MapRequest request = request_for(std::move(call));
  auto future = std::make_shared<FutureState>(self, submitted_);
  request.receiver = future.get();
  request.may_hold_windows = false;
  request.first_index = submitted_;
  future->kept_ = future;
  outstanding_.push_back(*future);
  try {
    std::shared_ptr<pool::Map> map = engine_->open(std::move(request));
    if (!future->done) future->map = std::move(map);
  } catch (...) {
    settled(*future);
    throw;
  }
  ++submitted_;
  return future;
}

// It is awaited no more.
void PoolState::settled(FutureState& future) noexcept {
  const std::shared_ptr<FutureState> self = std::move(future.kept_);
  if (!self) return;
  outstanding_.erase(outstanding_.iterator_to(future));
  callbacks_ -= future.callbacks.size();
  for (auto& callback : future.callbacks) callback_is_due(self, std::move(callback));
  future.callbacks.clear();
}

void PoolState::cancel(FutureState& future) {
  if (!future.done) pool::Engine::cancel_and_settle(*future.map);
}

void PoolState::callback_is_due(std::shared_ptr<FutureState> future,
                                std::function<void(const ResultBatch&)> callback) {
  due_.push_back({std::move(future), std::move(callback)});
  if (engine_) engine_->set_due(true);
}

bool PoolState::after_step() {
  // Not those that become due meanwhile: callbacks may submit items that are done at once, and the
  // call that waits for something else has to look at that in between.
  const bool any = !due_.empty();
  // Also where a callback throws.
  const auto tell = [](PoolState* state) {
    if (state->engine_) state->engine_->set_due(!state->due_.empty());
  };
  const std::unique_ptr<PoolState, decltype(tell)> tell_due(this, tell);
  for (std::size_t left = due_.size(); left > 0 && !due_.empty(); --left) {
    const DueCallback next = std::move(due_.front());
    due_.pop_front();
    next.call(next.future->result);
  }
  return any;
}

bool PoolState::wait_for(FutureState& future, std::chrono::nanoseconds limit) {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> deadline;
  if (limit < std::chrono::hours(24 * 365)) deadline = Clock::now() + limit;
  for (bool stepped = false;; stepped = true) {
    after_step();
    if (future.done) return true;
    const std::chrono::nanoseconds left = deadline ? *deadline - Clock::now() : forever;
    if (left.count() > 0) {
      engine().wait_step(left);
    } else if (!stepped) {
      engine().advance();  // a look, where there is no time to wait
    } else {
      return false;
    }
  }
}

void PoolState::finish_futures() {
  after_step();
  while (!outstanding_.empty() || !due_.empty()) {
    if (!open) throw PoolClosed("the pool was shut down by a callback");
    engine_->wait_step(forever);
    after_step();
  }
}

void PoolState::shutdown(Pending pending) {
  pool::Engine& target = engine();
  target.require_owner();
  if (pending == Pending::cancel) {
    cancel_maps();
    std::vector<std::shared_ptr<FutureState>> futures;
    for (const FutureState& future : outstanding_) futures.push_back(future.kept_);
    for (const auto& future : futures) cancel(*future);
  }
  finish_futures();
  target.shutdown(pending);
  let_go();
}

void PoolState::cancel_maps() noexcept {
  for (const auto& entry : maps_) {
    const std::shared_ptr<pool::Map> map = entry.lock();
    if (map) pool::Engine::cancel(*map);
  }
  maps_.clear();
}

void PoolState::let_go() noexcept {
  open = false;
  while (!outstanding_.empty()) {
    FutureState& future = outstanding_.front();
    outstanding_.pop_front();
    if (future.map) pool::Engine::forget_receiver(*future.map);
    future.map.reset();
    const std::shared_ptr<FutureState> last = std::move(future.kept_);
  }
  due_.clear();
  if (engine_) engine_->set_due(false);
  maps_.clear();
}

void PoolState::close(bool unwinding) noexcept {
  if (table_->registry_is_gone() && owner_->is_this_process()) {
    std::fputs(
        "forkmap: a Registry was destroyed before the Pool that was made from it; declare the "
        "Registry first\n",
        stderr);
  }
  (void)owner_->try_take_over();  // a pool that was handed over ends wherever it is destroyed
  if (!is_owner()) {
    // The workers are another thread's, or another process's, who may still use them.
    if (open && owner_->is_this_process()) {
      std::fputs(
          "forkmap: a pool was destroyed by another thread than its own; its processes stay "
          "until this program ends. Call Pool::hand_over() in its thread before\n",
          stderr);
    }
    let_go();
    (void)engine_.release();
    return;
  }
  // Their items may be gone already, so nothing may be read from them while futures are awaited.
  if (open) cancel_maps();
  while (open && !unwinding && !(outstanding_.empty() && due_.empty())) {
    try {
      finish_futures();
    } catch (const PoolBroken&) {
      break;
    } catch (const SystemError&) {
      break;
    } catch (...) {
      continue;  // a callback's; the others are still to run
    }
  }
  let_go();
  engine_.reset();
}

}  // namespace forkmap::detail
