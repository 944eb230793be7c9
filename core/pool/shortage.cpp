// SPDX-License-Identifier: Apache-2.0
#include "core/pool/shortage.hpp"

#include <algorithm>
#include <cerrno>
#include <forkmap/error.hpp>
#include <utility>

#include "core/pool/lane_budget.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr auto kNoticeInterval = 10s;
// Tries in a row for each place, at the start. With the policy's delays these are 0.1 s and 1.1 s.
constexpr std::uint32_t kTriesForMore = 3;
constexpr std::uint32_t kTriesForAny = 4;
// From so many on, and with others at work, a place is tried less often: a try costs a lane.
constexpr std::uint32_t kEagerTries = 10;
constexpr auto kRarely = 10s;

}  // namespace

bool Shortage::note(WorkerSlot& worker, const std::string& why, const Crew* serving,
                    Clock::time_point now) {
  const bool any_alive =
      serving != nullptr && std::ranges::any_of(serving->workers, &WorkerSlot::alive);
  const auto delay = shortage_delay(worker.shortage_tries++);
  const bool rarely = any_alive && worker.shortage_tries > kEagerTries;
  worker.await_spawn(now + (rarely ? kRarely : std::chrono::nanoseconds(delay)));
  last_ = why;
  if (!since_) {
    const bool goes_on = suspended_since_ && now - suspended_at_ < kUpAfter;
    since_ = goes_on ? suspended_since_ : now;
  }
  events_.tell_shortage(why, now);
  if (serving == nullptr) return false;  // it is told when the pool begins
  if (settings_.options().notice && now - last_notice_ >= kNoticeInterval) {
    last_notice_ = now;
    settings_.notice("no worker can be started now (" + why + "); trying again");
  }
  return !any_alive && now - *since_ >= settings_.options().shortage_timeout;
}

void Shortage::suspend(Clock::time_point now) noexcept {
  if (!since_) return;
  suspended_since_ = std::exchange(since_, std::nullopt);
  suspended_at_ = now;
}

void Shortage::end(Clock::time_point now) noexcept {
  suspended_since_.reset();
  if (since_) since_ = now;
}

bool Shortage::note_zygote(Clock::time_point now) {
  if (!since_) since_ = now;
  return now - *since_ >= settings_.options().shortage_timeout;
}

Shortage::Start Shortage::look_at(const Crew& crew) const {
  std::size_t serving = 0;
  std::uint32_t least_tries = kTriesForAny;  // of the others
  for (const WorkerSlot& worker : crew.workers) {
    if (worker.serves()) {
      ++serving;
    } else if (worker.phase() == WorkerPhase::absent) {
      least_tries = std::min(least_tries, worker.shortage_tries);
    } else {
      return Start::coming;
    }
  }
  if (serving == crew.workers.size()) return Start::up;
  if (serving == 0) {
    const bool fails = crew.reason == CrewReason::beginning && least_tries >= kTriesForAny;
    return fails ? Start::failed : Start::coming;
  }
  if (least_tries < kTriesForMore) return Start::coming;
  settings_.notice("only " + std::to_string(serving) + " of " +
                   std::to_string(crew.workers.size()) + " workers could be started (" + last_ +
                   "); the pool goes on with them");
  return Start::up;
}

int affordable_workers(const Settings& settings, int had, int wanted) {
  if (wanted <= had) return wanted;
  const std::uint64_t each = settings.takes_output() ? 2 : 1;
  const auto more = static_cast<std::uint64_t>(wanted - had);
  const auto descriptors = scarce_descriptors(more * each);
  if (!descriptors) return wanted;
  const std::uint64_t can = std::min(more, workers_within(*descriptors, each));
  if (can == more) return wanted;
  const int workers = had + static_cast<int>(can);
  const std::string limit = "open files are limited: ulimit -n is " +
                            std::to_string(descriptors->limit) + ", and " +
                            std::to_string(descriptors->used) + " are open";
  if (workers == 0) throw SystemError("no worker can be started: " + limit + "; raise it", EMFILE);
  settings.notice("only " + std::to_string(workers) + " of " + std::to_string(wanted) +
                  " workers can be started (" + limit + "); the pool goes on with them");
  return workers;
}

}  // namespace forkmap::pool
