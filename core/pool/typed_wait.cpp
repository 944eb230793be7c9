// SPDX-License-Identifier: Apache-2.0
//
// Waiting for several futures at once.
#include <poll.h>

#include <algorithm>
#include <forkmap/error.hpp>
#include <forkmap/wait.hpp>
#include <utility>

#include "core/pool/pool_state.hpp"

namespace forkmap::detail {

namespace {

using Clock = std::chrono::steady_clock;

// No longer than that between two looks at several pools, as each pool's own sleep.
constexpr std::chrono::milliseconds kLongestSleep{1000};
constexpr std::chrono::hours kNeverAfter{24 * 365};

std::optional<Clock::time_point> deadline_after(std::chrono::nanoseconds limit) {
  if (limit >= kNeverAfter) return std::nullopt;
  return Clock::now() + limit;
}

std::chrono::nanoseconds left_until(const std::optional<Clock::time_point>& deadline) {
  if (!deadline) return forever;
  return std::max<std::chrono::nanoseconds>(*deadline - Clock::now(), {});
}

}  // namespace

FutureWatch::FutureWatch(std::vector<FutureHandle> futures)
    : futures_(std::move(futures)), queue_(std::make_shared<CompletionQueue>()) {
  for (std::size_t number = 0; number < futures_.size(); ++number) {
    const std::shared_ptr<FutureState>& state = futures_[number].state_;
    if (!state) throw InvalidOption("a future was moved from");
    if (!state->pool->open) {
      throw PoolClosed("the pool is gone; get() the results while it lives");
    }
    state->pool->engine().require_owner();
    state->watch(queue_, number);
    if (std::ranges::find(pools_, state->pool) == pools_.end()) pools_.push_back(state->pool);
  }
}

std::optional<std::size_t> FutureWatch::next(std::chrono::nanoseconds limit) {
  if (given_ == futures_.size()) return std::nullopt;
  const auto deadline = deadline_after(limit);
  for (const auto& pool : pools_) {
    if (!pool->open) continue;
    pool->engine().require_owner();
    pool->after_step();
  }
  for (bool stepped = false; queue_->arrived.empty(); stepped = true) {
    const std::chrono::nanoseconds left = left_until(deadline);
    if (left.count() == 0 && stepped) return std::nullopt;
    wait_step(left);
  }
  const std::size_t number = queue_->arrived.front();
  queue_->arrived.pop_front();
  ++given_;
  return number;
}

// One step of all pools, with at most one sleep.
void FutureWatch::wait_step(std::chrono::nanoseconds limit) {
  const auto has_closed = [](const FutureHandle& future) {
    return !future.state_->done && !future.state_->pool->open;
  };
  if (std::ranges::any_of(pools_, [](const auto& pool) { return !pool->open; })) {
    if (std::ranges::any_of(futures_, has_closed)) {
      throw PoolClosed("the pool is gone; get() the results while it lives");
    }
    std::erase_if(pools_, [](const auto& pool) { return !pool->open; });
  }
  if (pools_.size() == 1) {
    if (limit.count() == 0) {
      pools_.front()->engine().advance();
    } else {
      pools_.front()->engine().wait_step(limit);
    }
    pools_.front()->after_step();
    return;
  }
  bool moved = false;
  std::vector<pollfd> descriptors;
  for (const auto& pool : pools_) {
    moved = pool->engine().advance() || pool->has_due_callbacks() || moved;
    descriptors.push_back({pool->engine().fd_after_advance(), POLLIN, 0});
  }
  if (!moved) {
    const auto sleep = std::chrono::ceil<std::chrono::milliseconds>(
        std::min<std::chrono::nanoseconds>(limit, kLongestSleep));
    ::poll(descriptors.data(), descriptors.size(), static_cast<int>(sleep.count()));
    for (const auto& pool : pools_) pool->engine().advance();
  }
  for (const auto& pool : std::vector(pools_)) {
    if (pool->open) pool->after_step();
  }
}

bool FutureWatch::failed(std::size_t number) const {
  return !futures_[number].state_->result.errors.empty();
}

std::size_t wait_for(FutureWatch watch, WaitFor until, std::chrono::nanoseconds limit) {
  const auto deadline = deadline_after(limit);
  std::size_t done = 0;
  bool enough = watch.size() == 0;
  // Once it is enough, those that are done as well are counted without waiting.
  for (;;) {
    const auto number = watch.next(enough ? std::chrono::nanoseconds{} : left_until(deadline));
    if (!number) return done;
    ++done;
    enough = enough || until == WaitFor::first_done ||
             (until == WaitFor::first_failed && watch.failed(*number));
  }
}

}  // namespace forkmap::detail
