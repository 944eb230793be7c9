// SPDX-License-Identifier: Apache-2.0
//
// Who may use a pool: one thread of one process. Shared by the engine and by what it gave out.
// Private memory of the host; any thread may ask.
//  W1 Between hand_over() and the next take_over() a pool is nobody's. What the old owner did
//     happens before what the new one does.
#pragma once

#include <atomic>
#include <thread>

#include "core/base/original_process.hpp"

namespace forkmap::pool {

class PoolOwner {
 public:
  PoolOwner() = default;  // the calling thread
  PoolOwner(const PoolOwner&) = delete;
  PoolOwner& operator=(const PoolOwner&) = delete;
  ~PoolOwner() = default;

  [[nodiscard]] bool is_this_process() const noexcept { return process_.is_here(); }
  [[nodiscard]] bool is_here() const noexcept {
    // Relaxed: an equal value was stored by this thread.
    return is_this_process() &&
           thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  void require() const;  // throws WrongThread

  void hand_over();  // by the owner
  void take_over();  // throws WrongThread, unless it is nobody's
  // True if it was nobody's and is the caller's now.
  bool try_take_over() noexcept;

 private:
  base::OriginalProcess process_;
  std::atomic<std::thread::id> thread_{std::this_thread::get_id()};  // the empty one: nobody's
};

}  // namespace forkmap::pool
