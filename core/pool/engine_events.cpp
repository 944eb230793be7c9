// SPDX-License-Identifier: Apache-2.0
//
// What is told to an observer, and to the callbacks of PoolOptions.
#include <algorithm>
#include <string>

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

WorkerName name_of(const Worker& worker) { return {static_cast<int>(worker.id.slot), worker.pid}; }

}  // namespace

void EngineCore::tell_ready(const Crew& crew, const Worker& worker) const {
  events_.tell(WorkerReady{name_of(worker), crew.generation, Clock::now()});
}

void EngineCore::tell_ran(const Worker& worker, const Task& task, const ResultBatch& batch,
                          bool is_measured) const {
  const Map& map = *task.map;
  events_.tell(TaskRan{.worker = name_of(worker),
                       .function = &map.function(),
                       .first_index = map.index_of(batch.first),
                       .index_stride = map.request().index_stride,
                       .items = batch.count,
                       .failed = static_cast<std::uint32_t>(batch.errors.size()),
                       .begun = batch.begun,
                       .ended = batch.ended,
                       .is_measured = is_measured,
                       .items_open = map.in_flight() - batch.count});
}

void EngineCore::tell_lost(const Worker& worker, const Task& task, const ResultBatch& times,
                           bool is_final) const {
  events_.tell(ItemLost{.worker = name_of(worker),
                        .function = &task.map->function(),
                        .index = task.map->index_of(task.first),
                        .attempt = task.attempts + 1,
                        .is_final = is_final,
                        .begun = times.begun,
                        .ended = times.ended});
}

// `worker.phase` is as it was before its end.
WorkerEnd EngineCore::end_of(const Crew& crew, const Worker& worker,
                             const process::Event& event) const {
  switch (worker.phase) {
    case WorkerPhase::spawning:
    case WorkerPhase::starting:
      return WorkerEnd::start_failed;
    default:
      break;
  }
  switch (event.cause) {
    case process::ExitCause::time_limit:
      return WorkerEnd::timed_out;
    case process::ExitCause::asked_stop:
      return WorkerEnd::stopped;
    case process::ExitCause::asked_kill:
      return worker.condemned == Condemned::corrupt_lane ? WorkerEnd::died : WorkerEnd::killed;
    case process::ExitCause::own:
    case process::ExitCause::stop_grace:
      break;
  }
  if (worker.phase != WorkerPhase::retiring || event.status != 0) return WorkerEnd::died;
  const bool is_replaced = !closed_ && crew.phase == CrewPhase::serving &&
                           worker.id.slot < static_cast<std::size_t>(target_workers_);
  return is_replaced ? WorkerEnd::recycled : WorkerEnd::left;
}

void EngineCore::tell_crew(const Crew& crew, std::string_view failure) const {
  events_.tell(CrewStarted{.reason = crew.reason,
                           .generation = crew.generation,
                           .zygote = crew.zygote ? crew.zygote->pid() : 0,
                           .failure = failure,
                           .begun = crew.begun,
                           .ended = Clock::now()});
}

// Why a worker has nothing to do though its host waits, if that is so. Where all items were given
// out, workers that are idle are no stall: the others run the last ones.
std::optional<StallKind> EngineCore::stall() const {
  if (closed_ || broken() || ledger_.maps().all_settled()) return std::nullopt;
  bool any_serves = false;
  bool any_is_dry = false;
  if (serving_) {
    for (const Worker& worker : serving_->workers) {
      if (worker.phase != WorkerPhase::serving || worker.stopped) continue;
      any_serves = true;
      any_is_dry = any_is_dry || worker.lane->outstanding() == 0;
    }
  }
  if (!any_serves) {
    return work_is_out() ? std::nullopt : std::optional(StallKind::no_worker);
  }
  if (!any_is_dry || !pending_.empty()) return std::nullopt;
  std::optional<StallKind> found;
  for (const auto& map : ledger_.maps().all()) {
    if (map->source_ended || map->cancelled) continue;
    if (!ledger_.may_feed(*map)) return StallKind::results;
    if (map->source_paused) found = StallKind::input;
  }
  return found;
}

}  // namespace forkmap::pool
