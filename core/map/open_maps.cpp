// SPDX-License-Identifier: Apache-2.0
#include "core/map/open_maps.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::pool {

void OpenMaps::move_to(Map& map, MapPlace place) noexcept {
  if (map.place == place || map.place == MapPlace::none) return;
  List& to = list(place);
  to.splice(to.end(), list(map.place), List::s_iterator_to(map));
  map.place = place;
}

// Where a map is whose source has not ended.
MapPlace OpenMaps::turn_of(const Map& map) noexcept {
  if (map.receiver() != nullptr) return MapPlace::submitted;
  return map.nothing_is_out() ? MapPlace::idle : MapPlace::going;
}

void OpenMaps::sort_in(Map& map) noexcept {
  if (map.place == MapPlace::ended || map.place == MapPlace::paused) return;
  move_to(map, turn_of(map));
}

void OpenMaps::add(const std::shared_ptr<Map>& map) {
  map->kept_open = map;
  map->number = opened_++;
  map->place = map->source_ended ? MapPlace::ended : turn_of(*map);
  list(map->place).push_back(*map);
  if (map->source_ended) note_outcomes(*map);
}

void OpenMaps::clear() noexcept {
  settled_.clear();
  for (List& list : lists_) {
    while (!list.empty()) {
      Map& map = list.front();
      list.pop_front();
      map.place = MapPlace::none;
      map.awaits_release = false;
      const std::shared_ptr<Map> last = std::move(map.kept_open);
    }
  }
  stopping_ = 0;
}

std::shared_ptr<Map> OpenMaps::take_turn(MapPlace row) noexcept {
  List& list = this->list(row);
  if (list.empty()) return nullptr;
  Map& map = list.front();
  list.splice(list.end(), list, list.begin());
  return map.kept_open;
}

void OpenMaps::return_turn(Map& map) noexcept {
  if (map.place == MapPlace::none) return;
  List& list = this->list(map.place);
  list.splice(list.begin(), list, List::s_iterator_to(map));
}

void OpenMaps::hold(Map& map) noexcept { move_to(map, MapPlace::held); }

void OpenMaps::note_read(Map& map) noexcept { sort_in(map); }

void OpenMaps::let_all_in() noexcept {
  List& held = list(MapPlace::held);
  while (!held.empty()) sort_in(held.front());
}

void OpenMaps::end_source(Map& map) {
  if (std::exchange(map.source_ended, true) || !map.kept_open) return;
  move_to(map, MapPlace::ended);
  note_outcomes(map);
}

void OpenMaps::pause_source(Map& map) noexcept {
  map.source_paused = true;
  if (map.place != MapPlace::ended) move_to(map, MapPlace::paused);
}

void OpenMaps::forget_pauses() noexcept {
  List& paused = list(MapPlace::paused);
  while (!paused.empty()) {
    Map& map = paused.front();
    map.source_paused = false;
    move_to(map, turn_of(map));
  }
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
    if (map.settled() && map.filling) {
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
  list(map.place).erase(List::s_iterator_to(map));
  map.place = MapPlace::none;
  const std::shared_ptr<Map> last = std::move(map.kept_open);
}

std::vector<std::shared_ptr<Map>> OpenMaps::all() const {
  std::vector<std::shared_ptr<Map>> maps;
  for (const List& list : lists_) {
    for (const Map& map : list) maps.push_back(map.kept_open);
  }
  return maps;
}

bool OpenMaps::all_settled() const noexcept {
  const auto settled = [](const Map& map) { return map.settled(); };
  return in_turn() == 0 && list(MapPlace::held).empty() && list(MapPlace::paused).empty() &&
         std::ranges::all_of(list(MapPlace::ended), settled);
}

}  // namespace forkmap::pool
