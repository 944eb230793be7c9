// SPDX-License-Identifier: Apache-2.0
#include "core/map/open_maps.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::pool {

OpenMaps::List& OpenMaps::list_of(MapPlace place) noexcept {
  switch (place) {
    case MapPlace::idle:
      return idle_;
    case MapPlace::going:
      return going_;
    case MapPlace::held:
      return held_;
    case MapPlace::paused:
      return paused_;
    case MapPlace::none:
    case MapPlace::ended:
      break;
  }
  return ended_;
}

void OpenMaps::move_to(Map& map, MapPlace place) noexcept {
  if (map.place == place || map.place == MapPlace::none) return;
  List& to = list_of(place);
  to.splice(to.end(), list_of(map.place), List::s_iterator_to(map));
  map.place = place;
}

// A map whose source has not ended goes to its row of the turn.
void OpenMaps::sort_in(Map& map) noexcept {
  if (map.place == MapPlace::ended || map.place == MapPlace::paused) return;
  move_to(map, map.nothing_is_out() ? MapPlace::idle : MapPlace::going);
}

void OpenMaps::add(const std::shared_ptr<Map>& map) {
  map->kept_open = map;
  map->number = opened_++;
  map->place = map->source_ended ? MapPlace::ended : MapPlace::idle;
  list_of(map->place).push_front(*map);
  if (map->source_ended) note_outcomes(*map);
}

void OpenMaps::clear() noexcept {
  settled_.clear();
  for (List* const list : {&idle_, &going_, &held_, &paused_, &ended_}) {
    while (!list->empty()) {
      Map& map = list->front();
      list->pop_front();
      map.place = MapPlace::none;
      map.awaits_release = false;
      const std::shared_ptr<Map> last = std::move(map.kept_open);
    }
  }
  stopping_ = 0;
}

std::shared_ptr<Map> OpenMaps::take_turn(Row row) noexcept {
  List& list = row == Row::idle ? idle_ : going_;
  if (list.empty()) return nullptr;
  Map& map = list.front();
  list.splice(list.end(), list, list.begin());
  return map.kept_open;
}

void OpenMaps::hold(Map& map) noexcept { move_to(map, MapPlace::held); }

void OpenMaps::note_read(Map& map) noexcept { sort_in(map); }

void OpenMaps::let_all_in() noexcept {
  while (!held_.empty()) sort_in(held_.front());
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
  while (!paused_.empty()) {
    Map& map = paused_.front();
    map.source_paused = false;
    move_to(map, map.nothing_is_out() ? MapPlace::idle : MapPlace::going);
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
  ended_.erase(List::s_iterator_to(map));
  map.place = MapPlace::none;
  const std::shared_ptr<Map> last = std::move(map.kept_open);
}

std::vector<std::shared_ptr<Map>> OpenMaps::all() const {
  std::vector<std::shared_ptr<Map>> maps;
  for (const List* const list : lists()) {
    for (const Map& map : *list) maps.push_back(map.kept_open);
  }
  return maps;
}

bool OpenMaps::all_settled() const noexcept {
  const auto settled = [](const Map& map) { return map.settled(); };
  return in_turn() == 0 && held_.empty() && paused_.empty() && std::ranges::all_of(ended_, settled);
}

}  // namespace forkmap::pool
