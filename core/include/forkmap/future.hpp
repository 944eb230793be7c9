// SPDX-License-Identifier: Apache-2.0
//
// forkmap/future.hpp: one submitted item.
#pragma once

#include <forkmap/pool_access.hpp>
#include <forkmap/value_codec.hpp>

namespace forkmap {

// The outcome to come of one item, made by Pool::submit(). Move-only. It may be dropped: the item
// runs all the same, and ~Pool waits for it. Used after the pool is gone it throws PoolClosed, in
// another thread WrongThread, moved from InvalidOption.
template <class R>
class [[nodiscard]] Future {
 public:
  explicit Future(detail::FutureHandle handle) noexcept : handle_(std::move(handle)) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() = default;

  // The result; waits for it. May be called again. Throws ItemFailed.
  ResultOf<R> get() const {
    if constexpr (std::is_void_v<R>) {
      outcome().value();
    } else {
      return outcome().value();
    }
  }

  // The result or the error; waits for it. Its index counts the submitted items of the pool from 0.
  [[nodiscard]] Outcome<ResultOf<R>> outcome() const {
    return outcome_of(handle_.result(), handle_.index());
  }

  // Waits at most so long; true if the item is done.
  bool wait_for(std::chrono::nanoseconds limit) const { return handle_.wait_for(limit); }

  // Whether the item is done; advances the pool if it is not, and never blocks.
  [[nodiscard]] bool done() const { return handle_.done(); }

  // Asks that the item be not run, or stopped if it runs. The outcome tells what became of it: an
  // error of kind cancelled, or what it was if it came first.
  void cancel() const { handle_.cancel(); }

  // Calls `callback` once the item is done: in a later call of Pool::advance() or a call that
  // waits. What it throws comes out of that call. It may use the pool.
  void on_done(std::function<void(const Outcome<ResultOf<R>>&)> callback) const {
    handle_.on_done([callback = std::move(callback), index = handle_.index()](
                        const ResultBatch& result) { callback(outcome_of(result, index)); });
  }

  [[nodiscard]] const detail::FutureHandle& handle() const noexcept { return handle_; }

 private:
  detail::FutureHandle handle_;

  static Outcome<ResultOf<R>> outcome_of(const ResultBatch& result, std::size_t index) {
    if (result.status[0] != FORKMAP_STATUS_VALUE) {
      return Outcome<ResultOf<R>>(result.errors.front());
    }
    if constexpr (std::is_void_v<R>) {
      return Outcome<void>(index);
    } else {
      return Outcome<ResultOf<R>>(index, read_result<R>(result.columns, 0));
    }
  }
};

}  // namespace forkmap
