// SPDX-License-Identifier: Apache-2.0
#include "core/lane/doorbell.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/lane/futex.hpp"

namespace forkmap::lane {

Doorbell::Doorbell() {
  base::UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) base::throw_system_error("create the doorbell (eventfd)", errno);
  fd_ = base::moved_high(std::move(fd));
}

void Doorbell::drain() const noexcept {
  std::uint64_t rings = 0;
  // EAGAIN: nobody rang. Nothing else can come back from an eventfd of our own.
  [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &rings, sizeof rings);
}

void Doorbell::ring() const noexcept {
  const std::uint64_t one = 1;
  // EAGAIN: it is rung already, more often than can be counted.
  while (::write(fd_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

bool Doorbell::wake_host(WorkerWords& words) const noexcept {
  // Relaxed, here and above it: the fence orders it after the publication.
  if (words.host_sleeping.exchange(0, std::memory_order_relaxed) == 0) return true;
  const std::uint64_t one = 1;
  ssize_t written = 0;
  do {
    written = ::write(fd_.get(), &one, sizeof one);
  } while (written < 0 && errno == EINTR);
  // EAGAIN: the counter is full, so the host has rings to drain.
  return written == sizeof one || (written < 0 && errno == EAGAIN);
}

void announce_host_sleep(WorkerWords& words) noexcept {
  words.host_sleeping.store(1, std::memory_order_relaxed);  // relaxed: the fence orders it
  std::atomic_thread_fence(std::memory_order_seq_cst);      // SYNC: host-sleep
}

void end_host_sleep(WorkerWords& words) noexcept {
  words.host_sleeping.store(0, std::memory_order_relaxed);  // relaxed: a late ring is harmless
}

void wake_worker_if_sleeping(WorkerWords& words) noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // SYNC: worker-sleep
  // Relaxed: the fence orders it after the publication.
  if (words.worker_sleeping.load(std::memory_order_relaxed) == 0) return;
  if (words.worker_sleeping.exchange(0, std::memory_order_relaxed) == 0) return;
  words.wake_count.fetch_add(1, std::memory_order_relaxed);  // relaxed: futex orders the sleeper
  futex_wake_one(words.wake_count);
}

}  // namespace forkmap::lane
