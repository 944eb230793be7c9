// SPDX-License-Identifier: Apache-2.0
//
// The bridge from the templates of the typed pool to the engine.
#include <forkmap/error.hpp>
#include <forkmap/pool_access.hpp>
#include <string>
#include <utility>

#include "core/pool/pool_state.hpp"

namespace forkmap::detail {

MapHandle& MapHandle::operator=(MapHandle&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  pool_ = std::move(other.pool_);
  gate_ = std::exchange(other.gate_, &kClosedGate);
  map_ = std::move(other.map_);
  return *this;
}

bool MapHandle::next(ResultBatch& batch) {
  if (!gate_->open) throw_closed();
  pool_->require_registry();
  while (const std::shared_ptr<pool::Map> map = map_) {
    // Callbacks have to run while this waits, so then it goes step by step.
    const auto wait = pool_->expects_callbacks() ? pool::Wait::poll : pool::Wait::block;
    const pool::Next next = pool::Engine::next(*map, batch, wait);
    if (next == pool::Next::end) map_.reset();
    if (next == pool::Next::nothing) pool_->engine().wait_step(forever);
    pool_->after_step();
    if (next == pool::Next::batch) return true;
    if (!gate_->open) throw_closed();  // a callback shut it down
  }
  return false;
}

void MapHandle::recycle(ResultBatch&& batch) noexcept {
  if (map_ && gate_->open) pool::Engine::recycle(*map_, std::move(batch));
}

void MapHandle::release_order() {
  if (!gate_->open) throw_closed();
  pool_->engine().require_owner();
  if (map_) pool::Engine::release_order(*map_);
}

void MapHandle::cancel() noexcept {
  const std::shared_ptr<pool::Map> map = std::move(map_);
  if (map && gate_->open && pool_->is_owner()) pool::Engine::cancel(*map);
}

void MapHandle::finish() {
  const std::shared_ptr<pool::Map> map = std::move(map_);
  if (!map || !gate_->open) return;
  pool::Engine::cancel_and_settle(*map);
  ResultBatch batch;
  while (pool::Engine::next(*map, batch, pool::Wait::block) == pool::Next::batch) {
    pool::Engine::recycle(*map, std::move(batch));
  }
}

void MapHandle::throw_closed() {
  throw PoolClosed("the pool is gone; collect() the results while it lives");
}

namespace {

FutureState& state_of(const std::shared_ptr<FutureState>& state) {
  if (!state) throw InvalidOption("this future was moved from");
  if (!state->pool->open) {
    throw PoolClosed("the pool is gone; get() the results while it lives");
  }
  state->pool->engine().require_owner();
  return *state;
}

}  // namespace

bool FutureHandle::done() const {
  FutureState& state = state_of(state_);
  if (!state.done) {
    state.pool->engine().advance();
  }
  return state.done;
}

bool FutureHandle::wait_for(std::chrono::nanoseconds limit) const {
  FutureState& state = state_of(state_);
  return state.pool->wait_for(state, limit);
}

const ResultBatch& FutureHandle::result() const {
  FutureState& state = state_of(state_);
  (void)state.pool->wait_for(state, forever);
  return state.result;
}

std::size_t FutureHandle::index() const noexcept { return state_ ? state_->index : 0; }

void FutureHandle::cancel() const {
  FutureState& state = state_of(state_);
  state.pool->cancel(state);
}

void FutureHandle::on_done(std::function<void(const ResultBatch&)> callback) const {
  FutureState& state = state_of(state_);
  if (state.done) {
    state.pool->callback_is_due(state_, std::move(callback));
    return;
  }
  state.callbacks.push_back(std::move(callback));
  state.pool->note_callback();
}

std::shared_ptr<std::byte> allocate_in_arena(PoolState& pool, std::uint64_t size_bytes) {
  pool.engine().require_owner();
  const std::shared_ptr<shm::Arena> arena = pool.engine().arena();
  const std::optional<std::uint64_t> offset = arena->allocate(size_bytes);
  if (!offset) {
    throw Error("the pool's arena has no stretch of " + std::to_string(size_bytes) +
                " bytes left; " + std::to_string(arena->used_bytes()) + " of " +
                std::to_string(arena->size_bytes()) + " are used");
  }
  // Elsewhere it frees nothing: the books are another thread's, or another process's.
  const auto free = [arena, at = *offset, owner = pool.owner()](std::byte*) {
    if (owner->is_here()) arena->free(at);
  };
  return {arena->data() + *offset, free};
}

std::optional<std::uint64_t> arena_offset(PoolState& pool, const void* data,
                                          std::uint64_t size_bytes) {
  return pool.engine().arena()->offset_of(data, size_bytes);
}

MapHandle open_map(const std::shared_ptr<PoolState>& pool, MapCall call, bool ordered) {
  return {pool, *pool, pool->open_map(std::move(call), ordered)};
}

FutureHandle submit_item(const std::shared_ptr<PoolState>& pool, MapCall call) {
  return FutureHandle(pool->submit(pool, std::move(call)));
}

}  // namespace forkmap::detail
