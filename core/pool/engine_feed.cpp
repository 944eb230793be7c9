// SPDX-License-Identifier: Apache-2.0
//
// Items from the sources into tasks.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

using ResultColumns = std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS>;

// Maps that are passed by in one round, because the lane has enough of them. The others have their
// turn later: with very many maps a step must not look at all of them. A lane that passes a map by
// has work, and the host wakes when that is done.
constexpr std::size_t kMapsPassedAtOnce = 64;

InputBlock block_at(const types::ColumnLayout& layout, std::byte* base, ResultColumns& columns,
                    std::uint64_t stretch_bytes) {
  types::result_columns(layout, base, columns.data());
  InputBlock block;
  block.columns = columns.data();
  block.column_count = layout.column_count;
  block.bytes = reinterpret_cast<unsigned char*>(base + layout.bytes_offset_bytes);
  block.bytes_capacity = layout.has_variable() ? stretch_bytes - layout.bytes_offset_bytes : 0;
  block.bytes_aim = std::min(block.bytes_capacity, kPayloadAimBytes);
  block.capacity_items = layout.capacity_items;
  return block;
}

}  // namespace

// Items that the worker may still be given before it is recycled.
std::uint64_t EngineCore::quota_left(const Worker& worker) const noexcept {
  if (settings_.options().recycle_after_items == 0) return lane::kIdle - 1;
  return settings_.options().recycle_after_items -
         std::min(settings_.options().recycle_after_items, worker.items_given);
}

std::size_t EngineCore::chunk_for(Map& map, const Worker& worker) const {
  // The result of an item that must not run twice has to fit: it gets an empty window.
  if (ledger_.runs_once(map) && map.result_layout(1).has_variable()) return 1;
  if (map.request().index_of) return 1;
  std::uint64_t chunk = map.request().options.chunk;
  if (chunk == 0) {
    ChunkQuestion question;
    question.cost = map.cost;
    question.last_chunk_items = map.last_chunk_items;
    question.remaining_items = map.remaining();
    question.workers = target_workers_;
    question.in_arena = map.in_arena();
    if (map.in_arena()) {
      question.shortest_time = kShortestArenaTask;
      question.growth = kArenaChunkGrowth;
    }
    chunk = next_chunk_items(question);
  }
  chunk = std::min(chunk, std::max<std::uint64_t>(1, quota_left(worker)));
  // Input and result columns, the place of an error and some room for bytes must fit a window.
  const std::uint64_t room = settings_.shape().window_bytes / 2;
  while (chunk > 1 && ((!map.in_arena() && map.input_layout(chunk).bytes_offset_bytes > room) ||
                       map.result_layout(chunk).bytes_offset_bytes > room)) {
    chunk /= 2;
  }
  return chunk;
}

// Fills the lanes. Each round gives every lane that has room some work, so that all have work
// before one has much.
bool EngineCore::feed(Look look) {
  for_each_crew([this](Crew& crew) { tell_time_limits(crew); });
  if (broken() || closed_ || !serving_ || serving_->phase != CrewPhase::serving) return false;
  bool any = false;
  home_retries();
  ledger_.maps().forget_pauses();
  if (ledger_.maps().in_turn() == 0 && pending_.empty() && serving_->workers.size() < 2)
    return false;
  // User code may resize or renew the pool while a source is asked, so nothing is remembered
  // across.
  for (bool given = true; given && (ledger_.maps().in_turn() != 0 || !pending_.empty());) {
    given = false;
    const std::shared_ptr<Crew> crew = serving_;
    const std::size_t count = crew->workers.size();
    for (std::size_t turn = 0; turn < count; ++turn) {
      if (serving_ != crew) break;
      Worker& worker = crew->workers[(next_worker_ + turn) % count];
      if (worker.phase != WorkerPhase::serving || worker.lane->full()) continue;
      given = give_some(worker) || given;
      if (broken() || closed_) return true;
    }
    if (!serving_ || serving_->workers.empty()) break;
    next_worker_ = (next_worker_ + 1) % serving_->workers.size();
    any = any || given;
  }
  if (any) wake_workers();
  return (serving_ && serving_->workers.size() > 1 && rebalance(look)) || any;
}

// Those that were given something since they were woken last.
void EngineCore::wake_workers() noexcept {
  if (!serving_) return;
  for (Worker& worker : serving_->workers) {
    if (!std::exchange(worker.wake_due, false)) continue;
    if (worker.lane) worker.lane->wake_worker();
  }
}

// Gives the lane a task of the first map that has one for it. A map that has none for any lane
// leaves the turn; so all are asked, and false means that nothing can be given to a lane that is
// dry.
bool EngineCore::give_some(Worker& worker) {
  if (give_pending(worker)) return true;
  if (runs_retry(worker)) return false;
  worker.has_retry = false;
  std::size_t passed = 0;
  for (const OpenMaps::Row row : {OpenMaps::Row::idle, OpenMaps::Row::going}) {
    if (row == OpenMaps::Row::going && !ledger_.may_feed_more()) return false;
    for (std::size_t left = ledger_.maps().in_turn(row); left > 0; --left) {
      const std::shared_ptr<Map> map = ledger_.maps().take_turn(row);
      if (!map) break;
      if (map->filling) continue;
      if (!ledger_.may_feed(*map)) {
        ledger_.maps().hold(*map);
        continue;
      }
      const GiveResult result = give_of(map, worker);
      ledger_.maps().note_given(*map);
      if (result == GiveResult::given) return true;
      // User code may have run.
      if (broken() || closed_) return false;
      if (worker.phase != WorkerPhase::serving || worker.lane->full()) return false;
      if (result == GiveResult::lane_has_enough && ++passed == kMapsPassedAtOnce) return false;
    }
  }
  return false;
}

EngineCore::GiveResult EngineCore::give_of(const std::shared_ptr<Map>& map, Worker& worker) {
  const std::uint64_t chunk = map->receiver() != nullptr ? 1 : chunk_for(*map, worker);
  std::uint32_t depth = kShallowDepthTasks;
  // No lane is shallower; and one item needs no more.
  if (map->receiver() == nullptr || worker.lane->outstanding() >= depth) {
    // Chunks of the pool's own choice are long once they have grown. What runs ahead before that
    // would only fill windows, each of which costs its pages.
    const std::uint32_t most = map->request().options.chunk == 0 && map->receiver() == nullptr
                                   ? std::min(kGrowingDepthTasks, settings_.shape().cells)
                                   : settings_.shape().cells;
    depth = lane_depth_tasks(map->cost, chunk, most);
    if (worker.lane->outstanding() >= depth) return GiveResult::lane_has_enough;
  }
  bool given = false;
  if (map->in_arena()) {
    given = give_arena(map, worker, chunk);
  } else if (chunk == 1 && map->singles().inputs_fit_cell()) {
    given = give_singles(map, worker, depth);
  } else {
    given = give_from(map, worker, chunk);
  }
  if (given) return GiveResult::given;
  const bool is_in_turn = !map->source_ended && !map->source_paused;
  return is_in_turn ? GiveResult::lane_has_enough : GiveResult::map_has_none;
}

// The rows before one that could not be had stand; what was thrown is for whoever reads the map.
ItemSource::Fill EngineCore::ask_source(Map& map, InputBlock& block, std::size_t limit) {
  ItemSource::Fill fill = ItemSource::Fill::end;
  map.filling = true;
  try {
    fill = map.source()->fill(block, limit);
  } catch (...) {
    map.source_error = std::current_exception();
  }
  map.filling = false;
  FORKMAP_CHECK(block.count <= limit);
  return fill;
}

// Asks the map's source for one chunk. False: nothing was given.
bool EngineCore::give_from(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk) {
  const std::shared_ptr<lane::HostLane> target = worker.lane;
  const std::uint32_t window = target->take_window();
  if (window == lane::kNoWindow) return false;
  ResultColumns columns;
  InputBlock block = block_at(map->input_layout(chunk), target->view().input_window(window),
                              columns, settings_.shape().window_bytes);
  const ItemSource::Fill fill = ask_source(*map, block, chunk);
  Task task;
  task.map = map;
  task.capacity = static_cast<std::uint32_t>(chunk);
  return settle_fill(worker, target, window, std::move(task), block, fill);
}

// Turns the filled rows into a task and acts on `fill`. User code ran: the worker may have died,
// the map may have been cancelled, the pool closed.
bool EngineCore::settle_fill(Worker& worker, const std::shared_ptr<lane::HostLane>& target,
                             std::uint32_t window, Task task, const InputBlock& block,
                             ItemSource::Fill fill) {
  const std::shared_ptr<Map> map = task.map;
  if (fill == ItemSource::Fill::more && block.count == 0) fill = ItemSource::Fill::pause;
  if (fill == ItemSource::Fill::full && block.count == 0) {
    const std::uint64_t size = map->source()->skip_too_large();
    target->return_window(window);
    ItemError error;
    error.kind = ErrorKind::payload_too_large;
    error.message = "the item has " + std::to_string(size) + " bytes and an empty window has " +
                    std::to_string(block.bytes_capacity) + "; raise window_bytes";
    ledger_.refuse_next(*map, std::move(error));
    return true;
  }
  if (block.count == 0) target->return_window(window);
  if (block.count > 0) {
    task.bytes = block.bytes_used;
    ledger_.take(task, static_cast<std::uint32_t>(block.count),
                 block.bytes_used +
                     map->input_layout(task.capacity).head_bytes * block.count / task.capacity);
    if (map->cancelled) {
      target->return_window(window);
      ledger_.drop(task);
    } else if (broken()) {  // its source has ended the pool
      target->return_window(window);
      ledger_.fail_as_ended(task);
    } else if (worker.lane == target && worker.phase == WorkerPhase::serving && !target->full()) {
      push(worker, std::move(task), window);
    } else {
      if (task.in_payload) {
        target->return_window(window);
      } else {
        task.window = std::make_shared<HeldWindow>(target, window, owner_);
      }
      pending_.push_back(std::move(task));
    }
  }
  note_end_of_source(map, fill);
  return block.count > 0 || fill == ItemSource::Fill::failed;
}

void EngineCore::note_end_of_source(const std::shared_ptr<Map>& map, ItemSource::Fill fill) {
  switch (fill) {
    case ItemSource::Fill::more:
    case ItemSource::Fill::full:
      return;
    case ItemSource::Fill::pause:
      ledger_.maps().pause_source(*map);
      return;
    case ItemSource::Fill::end:
      ledger_.maps().end_source(*map);
      return;
    case ItemSource::Fill::failed:
      ledger_.refuse_next(*map, map->source()->take_error());
      return;
  }
}

bool EngineCore::give_arena(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk) {
  const std::uint64_t left = map->request().arena_items - map->fed();
  if (left == 0) {
    ledger_.maps().end_source(*map);
    return false;
  }
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) return false;
  Task task;
  task.map = map;
  ledger_.take(task, static_cast<std::uint32_t>(std::min(chunk, left)), 0);
  if (map->fed() == map->request().arena_items) ledger_.maps().end_source(*map);
  push(worker, std::move(task), window);
  return true;
}

}  // namespace forkmap::pool
