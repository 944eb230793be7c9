// SPDX-License-Identifier: Apache-2.0
//
// One step of the engine, and waiting for the next.
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

// With tasks out the host looks at all lanes this often, since a plugin may have closed or replaced
// the doorbell. What is found only then is counted as a rescue.
constexpr auto kLookInterval = 1s;
constexpr auto kSightingInterval = 100ms;
constexpr auto kRingPatience = 2ms;
constexpr std::uint32_t kRescuesBeforeRecycling = 3;
// Steps between two looks at everything while results keep coming.
constexpr std::uint64_t kGlancesPerLook = 256;
constexpr auto kStopInterval = 10ms;
constexpr std::size_t kMostUnreleasedMaps = 32;

// How many descriptors are ready; 0: time is up; -1: interrupted, or it could not be asked.
int wait_until(std::span<pollfd> fds, Clock::time_point until) {
  const auto left = std::max<std::chrono::nanoseconds>(until - Clock::now(), 0ns);
  timespec timeout{};
  timeout.tv_sec = left / 1s;
  timeout.tv_nsec = (left % 1s).count();
  return ::ppoll(fds.data(), fds.size(), &timeout, nullptr);
}

}  // namespace

bool EngineCore::collect_all() {
  bool any = false;
  for_each_crew([&](Crew& crew) {
    if (crew.phase == CrewPhase::serving || crew.phase == CrewPhase::retiring) {
      any = collect(crew) || any;
    }
  });
  return any;
}

bool EngineCore::service_is_due() const noexcept {
  pollfd ready{service_epoll_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) != 0;  // where it cannot be asked, it is
}

// All that is not a lane, but for what service() does.
bool EngineCore::attend() {
  if (serving_ && serving_->phase == CrewPhase::serving && !broken() && !closed_) {
    watch_phases(*serving_);
    spawn_workers(*serving_);
  }
  watch_zygotes();
  recrew();
  bool any = advance_incoming();
  any = sweep_leaving() || any;
  chase_cancelled();
  look_at_progress();
  replace_worn();
  ledger_.time_limits().sweep();
  return any;
}

bool EngineCore::step(Look look) {
  const Standing before = standing();
  bool any = collect_all();
  const bool is_turn = ++steps_ % kGlancesPerLook == 0;
  if (is_turn || (look == Look::everything && !any)) {
    if (service_is_due()) any = service() || any;
    any = attend() || any;
  }
  const bool has_results = any;
  any = feed(look) || any;
  any = finish_break() || any;
  // Parts that do not say so may have ended something: a source gave nothing more, a pool broke.
  any = any || standing() != before;
  // Not between results and their reader: there is time when a lane has work and the host waits.
  if (!has_results || ledger_.maps().awaiting_release() > kMostUnreleasedMaps)
    ledger_.maps().release_settled();
  return any;
}

// A function that has overwritten its progress word and runs on would never be found otherwise.
void EngineCore::look_at_progress() {
  const auto now = Clock::now();
  sight_items(now);
  if (now - last_progress_look_ < kLookInterval) return;
  last_progress_look_ = now;
  sweep_windows();
  for_each_crew([&](Crew& crew) {
    for (Worker& worker : crew.workers) {
      const bool serves =
          worker.phase == WorkerPhase::serving || worker.phase == WorkerPhase::retiring;
      if (serves && worker.lane && !worker.lane->progress_is_possible()) {
        condemn(crew, worker, Condemned::corrupt_lane);
      }
    }
  });
}

// What one large item has filled goes back to the system when no other has come for a while.
void EngineCore::sweep_windows() {
  if (!any_large_window_) return;
  any_large_window_ = false;
  for_each_crew([&](Crew& crew) {
    for (Worker& worker : crew.workers) {
      if (!worker.lane) continue;
      // A large one may be in use still, or held by a batch that nobody has read.
      const bool any_in_use = worker.lane->free_windows() < settings_.shape().cells;
      const bool any_left = worker.lane->sweep_windows(lane::kKeptWindowBytes);
      any_large_window_ = any_large_window_ || any_left || any_in_use;
    }
  });
}

// For those who ask how long an item has run: no clock is read when it begins.
void EngineCore::sight_items(Clock::time_point now) {
  if (now - last_sighting_ < kSightingInterval) return;
  last_sighting_ = now;
  for_each_crew([now](Crew& crew) {
    for (Worker& worker : crew.workers) sight(worker, now);
  });
  if (!ledger_.time_limits().follow_median()) return;
  for_each_crew([this, now](Crew& crew) {
    for (Worker& worker : crew.workers) count_running(worker, now);
  });
}

bool EngineCore::work_is_out() const noexcept {
  const auto busy = [](const Crew& crew) {
    return std::ranges::any_of(crew.workers, [](const Worker& worker) {
      return worker.lane && worker.lane->outstanding() > 0;
    });
  };
  return (serving_ && busy(*serving_)) ||
         std::ranges::any_of(leaving_, [&](const auto& crew) { return busy(*crew); });
}

std::optional<Clock::time_point> EngineCore::next_deadline() const {
  std::optional<Clock::time_point> next;
  const auto consider = [&](Clock::time_point time) {
    if (!next || time < *next) next = time;
  };
  const auto consider_spawns = [&](const Crew& crew) {
    for (const Worker& worker : crew.workers) {
      if (worker.phase == WorkerPhase::absent) consider(worker.spawn_at);
    }
  };
  if (serving_ && serving_->phase == CrewPhase::serving && !closed_) consider_spawns(*serving_);
  if (incoming_) {
    consider(incoming_->start_deadline);
    if (incoming_->phase == CrewPhase::starting) consider_spawns(*incoming_);
  }
  if (recrew_at_) consider(*recrew_at_);
  if (ledger_.maps().any_stopping()) {
    for (const auto& map : ledger_.maps().all()) {
      if (map->stop_at && map->in_flight() > 0) {
        consider(std::max(*map->stop_at, Clock::now() + kStopInterval));
      }
    }
  }
  if (work_is_out()) {
    consider(Clock::now() + kLookInterval);
  } else if (needs_zygotes()) {
    consider(next_zygote_look_);
  }
  if (any_large_window_) consider(last_progress_look_ + kLookInterval);
  return next;
}

void EngineCore::announce_sleep() {
  for_each_crew([](Crew& crew) {
    for (Worker& worker : crew.workers) {
      if (worker.lane) lane::announce_host_sleep(worker.lane->view().worker_words());
    }
  });
}

void EngineCore::end_sleep() {
  for_each_crew([](Crew& crew) {
    for (Worker& worker : crew.workers) {
      if (worker.lane) lane::end_host_sleep(worker.lane->view().worker_words());
    }
  });
}

// Looks at the lanes for as long as that pays. True: there are results.
bool EngineCore::look_for_results() noexcept {
  if (!serving_ || !work_is_out()) return false;
  return spin_.look_for([&crew = *serving_] {
    return std::ranges::any_of(crew.workers, [](const Worker& worker) {
      return worker.lane && worker.lane->has_completion();
    });
  });
}

bool EngineCore::wait_step(std::chrono::nanoseconds limit, int also_fd) {
  if (step(Look::glance) || (look_for_results() && step(Look::glance))) return true;
  const auto start = Clock::now();
  announce_sleep();
  const Standing before = standing();
  bool any = collect_all();  // what was published before the workers could see the announcement
  any = attend() || any;
  any = feed() || any;
  any = finish_break() || any;
  if (any || standing() != before) {
    end_sleep();
    return true;
  }
  wake_workers();  // an item source may wait here while the round that asked it is not over
  const auto until = std::min(start + std::min<std::chrono::nanoseconds>(limit, 1h),
                              next_deadline().value_or(start + 1h));
  const auto now = Clock::now();
  const auto left = std::max<std::chrono::nanoseconds>(until - now, 0ns);
  std::array<pollfd, 3> fds{pollfd{doorbell_.fd(), POLLIN, 0},
                            pollfd{service_epoll_.get(), POLLIN, 0}, pollfd{also_fd, POLLIN, 0}};
  const auto reason = events_.are_watched() ? stall() : std::nullopt;
  const std::span<pollfd> waited(fds.data(), also_fd >= 0 ? 3 : 2);
  int found = 0;
  if (left > kSightingInterval && work_is_out()) {
    // Items that have just begun are seen before the long sleep.
    found = wait_until(waited, now + kSightingInterval);
    if (found == 0) sight_items(Clock::now());
  }
  if (found == 0) found = wait_until(waited, until);
  if (reason) events_.tell(Stalled{*reason, now, Clock::now()});
  if (found == 0 && left >= kLookInterval && work_is_out()) look_for_lost_rings();
  end_sleep();
  // Drained before the look, never after it.
  if (found < 0 || fds[0].revents != 0) {  // interrupted, or it could not be asked
    doorbell_.drain();
    spin_.note_wait(Clock::now() - start);
  }
  if (found < 0 || fds[1].revents != 0) any = service();
  any = collect_all() || any;
  any = attend() || any;
  any = feed() || any;
  any = finish_break() || any;
  any = any || standing() != before;
  ledger_.maps().release_settled();
  return any || (also_fd >= 0 && fds[2].revents != 0);
}

// The host woke by itself. A DONE cell whose worker did not ring, though it had time to, means that
// the ring was lost.
void EngineCore::look_for_lost_rings() {
  std::vector<std::pair<Crew*, Worker*>> found;
  for_each_crew([&](Crew& crew) {
    for (Worker& worker : crew.workers) {
      if (worker.lane && worker.lane->has_completion()) found.emplace_back(&crew, &worker);
    }
  });
  if (found.empty()) return;
  pollfd bell{doorbell_.fd(), POLLIN, 0};
  if (::poll(&bell, 1, static_cast<int>(kRingPatience / 1ms)) != 0) return;
  for (const auto& [crew, worker] : found) {
    ++rescues_;
    if (++worker->rescues >= kRescuesBeforeRecycling) {
      // It goes on to be of use until its results are in; the next one has a whole doorbell.
      worker->condemned = Condemned::doorbell_lost;
      if (crew->phase == CrewPhase::serving) retire(*crew, *worker);
    }
  }
}

}  // namespace forkmap::pool
