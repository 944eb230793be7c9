// SPDX-License-Identifier: Apache-2.0
#include "core/pool/pool_owner.hpp"

#include <forkmap/error.hpp>

namespace forkmap::pool {

void PoolOwner::require() const {
  if (is_here()) return;
  if (!is_this_process()) {
    throw WrongThread("a pool is used by the process that made it; make a pool of your own here");
  }
  // Relaxed: for the message only.
  if (thread_.load(std::memory_order_relaxed) == std::thread::id()) {
    throw WrongThread(
        "this pool was handed over; the thread that goes on with it calls "
        "Pool::take_over() first");
  }
  throw WrongThread("a pool is used by the thread that made it, or took it over");
}

void PoolOwner::hand_over() {
  require();
  // SYNC: pool-owner
  thread_.store(std::thread::id(), std::memory_order_release);
}

void PoolOwner::take_over() {
  if (is_here() || try_take_over()) return;
  if (!is_this_process()) require();
  throw WrongThread("this pool is another thread's; that one calls Pool::hand_over() first");
}

bool PoolOwner::try_take_over() noexcept {
  if (!is_this_process()) return false;
  std::thread::id nobody;
  // SYNC: pool-owner
  return thread_.compare_exchange_strong(nobody, std::this_thread::get_id(),
                                         std::memory_order_acquire, std::memory_order_relaxed);
}

}  // namespace forkmap::pool
