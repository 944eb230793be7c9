// SPDX-License-Identifier: Apache-2.0
#include "bench/limits/ping_pong.hpp"

#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <new>
#include <thread>

#include "bench/run/child.hpp"
#include "bench/run/processor.hpp"
#include "bench/run/stopwatch.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::bench {

namespace {

struct Page {
  alignas(64) std::atomic<std::uint32_t> there{0};
  alignas(64) std::atomic<std::uint32_t> back{0};
};

class SharedPage {
 public:
  SharedPage()
      : page_(new(::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0)) Page) {}
  ~SharedPage() { ::munmap(page_, sizeof(Page)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  Page* operator->() const noexcept { return page_; }

 private:
  Page* page_;
};

// On processors that share a core this leaves the other half its share.
void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void spin_until(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
  while (word.load(std::memory_order_acquire) != value) relax();
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t old) noexcept {
  while (word.load(std::memory_order_acquire) == old) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, old, nullptr, nullptr, 0);
  }
}

void futex_post(std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
  word.store(value, std::memory_order_release);
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace

double cache_line_ping_pong_us(int trips, Places places) {
  const SharedPage page;
  const Pinned pinned(places.first);
  const Child child([&] {
    pin_to(places.second);
    for (std::uint32_t trip = 1;; ++trip) {
      spin_until(page->there, trip);
      page->back.store(trip, std::memory_order_release);
    }
  });
  const auto go = [&](std::uint32_t trip) {
    page->there.store(trip, std::memory_order_release);
    spin_until(page->back, trip);
  };
  constexpr std::uint32_t kWarmUps = 1000;
  for (std::uint32_t trip = 1; trip <= kWarmUps; ++trip) go(trip);
  const Stopwatch watch;
  const auto last = kWarmUps + static_cast<std::uint32_t>(trips);
  for (std::uint32_t trip = kWarmUps + 1; trip <= last; ++trip) go(trip);
  return watch.seconds() * 1e6 / trips;
}

double futex_ping_pong_us(int trips, Places places) {
  const SharedPage page;
  const Pinned pinned(places.first);
  const Child child([&] {
    pin_to(places.second);
    for (std::uint32_t trip = 1;; ++trip) {
      futex_wait(page->there, trip - 1);
      futex_post(page->back, trip);
    }
  });
  const auto go = [&](std::uint32_t trip) {
    futex_post(page->there, trip);
    futex_wait(page->back, trip - 1);
  };
  constexpr std::uint32_t kWarmUps = 100;
  for (std::uint32_t trip = 1; trip <= kWarmUps; ++trip) go(trip);
  const Stopwatch watch;
  const auto last = kWarmUps + static_cast<std::uint32_t>(trips);
  for (std::uint32_t trip = kWarmUps + 1; trip <= last; ++trip) go(trip);
  return watch.seconds() * 1e6 / trips;
}

double futex_eventfd_ping_pong_us(int trips, int pause_us, Places places) {
  const SharedPage page;
  const base::UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const Pinned pinned(places.first);
  const Child child([&] {
    pin_to(places.second);
    for (std::uint32_t trip = 1;; ++trip) {
      futex_wait(page->there, trip - 1);
      const std::uint64_t one = 1;
      (void)!::write(bell.get(), &one, sizeof(one));
    }
  });
  double seconds = 0;
  for (std::uint32_t trip = 1; trip <= static_cast<std::uint32_t>(trips); ++trip) {
    std::this_thread::sleep_for(std::chrono::microseconds(pause_us));
    const Stopwatch watch;
    futex_post(page->there, trip);
    pollfd ready{bell.get(), POLLIN, 0};
    std::uint64_t count = 0;
    while (::read(bell.get(), &count, sizeof(count)) < 0) (void)::poll(&ready, 1, -1);
    seconds += watch.seconds();
  }
  return seconds * 1e6 / trips;
}

}  // namespace forkmap::bench
