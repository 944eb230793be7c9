// SPDX-License-Identifier: Apache-2.0
//
// Workers that are replaced between items because of their age, or because their memory has grown.
#include "core/pool/engine_core.hpp"
#include "core/process/memory_limit.hpp"

namespace forkmap::pool {

namespace {
// A look at a worker's memory costs some microseconds.
constexpr std::chrono::milliseconds kWearInterval{20};
}  // namespace

// A worker begins with the private pages of its zygote.
std::uint64_t EngineCore::resident_of_zygote(const Crew& crew) const {
  if (settings_.options().recycle_after_growth == 0) return 0;
  return process::private_resident_bytes(crew.zygote->pid()).value_or(0);
}

bool EngineCore::is_worn(const Worker& worker, Clock::time_point now) const {
  if (worker.phase != WorkerPhase::serving || worker.stopped || worker.items_done == 0)
    return false;
  const auto age = settings_.options().recycle_after_age;
  if (age.count() > 0 && now - worker.spawned_at >= age) return true;
  if (settings_.options().recycle_after_growth == 0) return false;
  const auto resident = process::private_resident_bytes(worker.pid);
  return resident && *resident > worker.resident_at_fork_bytes &&
         *resident - worker.resident_at_fork_bytes >= settings_.options().recycle_after_growth;
}

// What such a worker has begun it finishes; the rest goes to others.
void EngineCore::replace_worn() {
  if (settings_.options().recycle_after_age.count() == 0 &&
      settings_.options().recycle_after_growth == 0)
    return;
  if (!serving_ || serving_->phase != CrewPhase::serving || closed_) return;
  const auto now = Clock::now();
  if (now - last_wear_look_ < kWearInterval) return;
  last_wear_look_ = now;
  for (Worker& worker : serving_->workers) {
    if (is_worn(worker, now)) retire(*serving_, worker);
  }
}

void EngineCore::explain_refused_memory(ItemError& error) const {
  if (settings_.options().memory == 0 || error.message != "std::bad_alloc") return;
  error.message += ": a worker may ask for " + std::to_string(settings_.options().memory) +
                   " bytes beyond what it began with (memory)";
}

}  // namespace forkmap::pool
