// SPDX-License-Identifier: Apache-2.0
//
// When the system has nothing to fork a worker with: at the start the pool begins with what it can
// have, or fails with the cause; later the place of a dead worker stays empty for a while.
#include <algorithm>
#include <cerrno>
#include <forkmap/error.hpp>

#include "core/pool/engine_core.hpp"
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

void EngineCore::note_shortage(Worker& worker, const std::string& why) {
  const auto now = Clock::now();
  const bool any_alive =
      serving_ && std::ranges::any_of(serving_->workers, [](const Worker& w) { return w.alive(); });
  worker.phase = WorkerPhase::absent;
  worker.spawn_at = now + shortage_delay(worker.shortage_tries++);
  if (any_alive && worker.shortage_tries > kEagerTries) worker.spawn_at = now + kRarely;
  last_shortage_ = why;
  if (!shortage_since_) shortage_since_ = now;
  events_.tell_shortage(why, now);
  const bool has_begun = serving_ != nullptr;  // else it is told when the pool begins
  if (has_begun && settings_.options().notice && now - last_notice_ >= kNoticeInterval) {
    last_notice_ = now;
    settings_.notice("no worker can be started now (" + why + "); trying again");
  }
  if (has_begun && !any_alive && now - *shortage_since_ >= settings_.options().shortage_timeout) {
    break_pool("no worker could be started: " + why);
  }
}

// Whether a crew that starts can serve: with all its workers, or with those that can be had.
EngineCore::StartState EngineCore::look_at_start(const Crew& crew) const {
  std::size_t serving = 0;
  std::uint32_t least_tries = kTriesForAny;  // of the others
  for (const Worker& worker : crew.workers) {
    if (worker.phase == WorkerPhase::serving) {
      ++serving;
    } else if (worker.phase == WorkerPhase::absent) {
      least_tries = std::min(least_tries, worker.shortage_tries);
    } else {
      return StartState::coming;
    }
  }
  if (serving == crew.workers.size()) return StartState::up;
  if (serving == 0) {
    const bool fails = crew.reason == CrewReason::beginning && least_tries >= kTriesForAny;
    return fails ? StartState::failed : StartState::coming;
  }
  if (least_tries < kTriesForMore) return StartState::coming;
  if (settings_.options().notice) {
    settings_.notice("only " + std::to_string(serving) + " of " +
                     std::to_string(crew.workers.size()) + " workers could be started (" +
                     last_shortage_ + "); the pool goes on with them");
  }
  return StartState::up;
}

// Workers that there can be, of those wanted, where there are `had` already.
int EngineCore::affordable_workers(int had, int wanted) const {
  if (wanted <= had) return wanted;
  const std::uint64_t each = settings_.takes_output() ? 2 : 1;
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
  if (settings_.options().notice) {
    settings_.notice("only " + std::to_string(workers) + " of " + std::to_string(wanted) +
                     " workers can be started (" + limit + "); the pool goes on with them");
  }
  return workers;
}

}  // namespace forkmap::pool
