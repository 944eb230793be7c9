// SPDX-License-Identifier: Apache-2.0
#include "core/pool/open_maps.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::pool {

void OpenMaps::add(const std::shared_ptr<Map>& map) {
  map->kept_open = map;
  if (map->source_ended) {
    ended_.push_front(*map);
    note_outcomes(*map);
  } else {
    in_turn_.push_front(*map);
  }
}

void OpenMaps::clear() noexcept {
  settled_.clear();
  for (List* const list : {&in_turn_, &ended_}) {
    while (!list->empty()) {
      Map& map = list->front();
      list->pop_front();
      map.awaits_release = false;
      const std::shared_ptr<Map> last = std::move(map.kept_open);
    }
  }
  stopping_ = 0;
}

std::shared_ptr<Map> OpenMaps::take_turn() {
  if (in_turn_.empty()) return nullptr;
  Map& map = in_turn_.front();
  in_turn_.splice(in_turn_.end(), in_turn_, in_turn_.begin());
  return map.kept_open;
}

void OpenMaps::end_source(Map& map) {
  if (std::exchange(map.source_ended, true) || !map.kept_open) return;
  ended_.splice(ended_.end(), in_turn_, List::s_iterator_to(map));
  note_outcomes(map);
}

void OpenMaps::pause_source(Map& map) noexcept {
  map.source_paused = true;
  any_paused_ = true;
}

void OpenMaps::forget_pauses() noexcept {
  if (!std::exchange(any_paused_, false)) return;
  for (Map& map : in_turn_) map.source_paused = false;
}

void OpenMaps::stop_at(Map& map, std::chrono::steady_clock::time_point time) noexcept {
  if (!map.stop_at && map.kept_open) ++stopping_;
  map.stop_at = time;
}

void OpenMaps::note_outcomes(Map& map) {
  if (!map.settled() || !map.kept_open || std::exchange(map.awaits_release, true)) return;
  settled_.push_back(&map);
}

void OpenMaps::release_settled() {
  for (std::size_t next = 0; next < settled_.size();) {
    Map& map = *settled_[next];
    if (map.settled() && (map.in_flight_items != 0 || map.filling)) {
      ++next;
      continue;
    }
    settled_[next] = settled_.back();
    settled_.pop_back();
    map.awaits_release = false;
    // If not: its source was being asked when it ended, and gave something after all.
    if (map.settled()) release(map);  // the end of a source may be the user's code
  }
}

void OpenMaps::release(Map& map) noexcept {
  if (map.stop_at) --stopping_;
  ended_.erase(List::s_iterator_to(map));
  const std::shared_ptr<Map> last = std::move(map.kept_open);
}

std::vector<std::shared_ptr<Map>> OpenMaps::all() const {
  std::vector<std::shared_ptr<Map>> maps;
  maps.reserve(in_turn_.size() + ended_.size());
  for (const Map& map : in_turn_) maps.push_back(map.kept_open);
  for (const Map& map : ended_) maps.push_back(map.kept_open);
  return maps;
}

bool OpenMaps::all_settled() const noexcept {
  const auto settled = [](const Map& map) { return map.settled(); };
  return std::ranges::all_of(in_turn_, settled) && std::ranges::all_of(ended_, settled);
}

}  // namespace forkmap::pool
