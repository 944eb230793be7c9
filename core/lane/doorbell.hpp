// SPDX-License-Identifier: Apache-2.0
//
// Sleeping and waking, in both directions. No system call is made unless the other side sleeps.
//
//   sleeper: flag = 1; fence (seq_cst); look again; sleep; flag = 0
//   waker:   publish (release); fence (seq_cst); if flag was set: flag = 0, wake
//
// The two fences make one of these true: the sleeper's second look sees what was published, or the
// waker sees the flag. (Dekker's argument; in C++: [atomics.order], fences.)
// The worker sleeps on a futex counter that it reads before it sets its flag, so a wake-up between
// the look and the sleep is not lost. The host sleeps on an eventfd that it drains before it looks.
#pragma once

#include <cstdint>

#include "core/base/unique_fd.hpp"
#include "core/lane/lane_memory.hpp"

namespace forkmap::lane {

// The eventfd that all workers of a pool ring and the host sleeps on. Non-blocking, high number.
class Doorbell {
 public:
  Doorbell();  // throws SystemError

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Host: forget all rings so far. To be called before the lanes are looked at, never after.
  void drain() const noexcept;

  // Host: whoever waits for the descriptor is to look.
  void ring() const noexcept;

  // Worker: after publishing. Rings only if the host sleeps. False if the descriptor does not work
  // any more (a plugin closed or replaced it): the worker has to leave.
  [[nodiscard]] bool ring_if_sleeping(WorkerWords& words) const noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // SYNC: host-sleep
    // Relaxed: the fence orders it after the publication.
    return words.host_sleeping.load(std::memory_order_relaxed) == 0 || wake_host(words);
  }

 private:
  [[nodiscard]] bool wake_host(WorkerWords& words) const noexcept;

  base::UniqueFd fd_;
};

// Host, around its sleep: announce on every lane, then look again before sleeping.
void announce_host_sleep(WorkerWords& words) noexcept;
void end_host_sleep(WorkerWords& words) noexcept;

// Host, after it published cells or host words: wakes the worker only if it sleeps.
void wake_worker_if_sleeping(WorkerWords& words) noexcept;

}  // namespace forkmap::lane
