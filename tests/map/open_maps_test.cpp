// SPDX-License-Identifier: Apache-2.0
//
// The invariants of OpenMaps; no process is needed to try them.
#include "core/map/open_maps.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include "tests/catch.hpp"

namespace forkmap::pool {

namespace {

const plugin::FunctionEntry& a_function() {
  static const plugin::FunctionEntry kFunction = [] {
    plugin::FunctionEntry entry;
    entry.full_name = "test::identity";
    entry.signature = types::parse_signature("(i64) -> i64");
    return entry;
  }();
  return kFunction;
}

std::shared_ptr<Map> a_map() {
  MapRequest request;
  request.function = &a_function();
  const auto& signature = a_function().signature;
  return std::make_shared<Map>(std::weak_ptr<Loop>(), std::move(request),
                               std::make_shared<const SingleItemLayouts>(
                                   signature.arguments, signature.results, CellRoom{}));
}

}  // namespace

TEST_CASE("maps take turns, in the order in which they came, until their sources end") {
  OpenMaps maps;
  const auto first = a_map();
  const auto second = a_map();
  CHECK(maps.take_turn(MapPlace::idle) == nullptr);
  maps.add(first);
  maps.add(second);
  CHECK(maps.take_turn(MapPlace::idle) == first);
  CHECK(maps.take_turn(MapPlace::idle) == second);
  CHECK(maps.take_turn(MapPlace::idle) == first);
  maps.return_turn(*first);
  CHECK(maps.take_turn(MapPlace::idle) == first);
  CHECK(maps.take_turn(MapPlace::idle) == second);
  second->take(1);  // its outcome is awaited
  maps.end_source(*second);
  CHECK(maps.in_turn() == 1);
  CHECK(maps.take_turn(MapPlace::idle) == first);
  CHECK(maps.take_turn(MapPlace::idle) == first);
  CHECK(maps.all().size() == 2);
}

TEST_CASE("a map of which something is out is in the other row, until all of it is read") {
  OpenMaps maps;
  const auto map = a_map();
  maps.add(map);
  map->take(1);
  maps.note_given(*map);
  CHECK(maps.take_turn(MapPlace::idle) == nullptr);
  CHECK(maps.take_turn(MapPlace::going) == map);
  map->settle(1);
  maps.note_read(*map);
  CHECK(maps.take_turn(MapPlace::going) == nullptr);
  CHECK(maps.take_turn(MapPlace::idle) == map);
}

TEST_CASE("a map that is held leaves the turn until something of it is read") {
  OpenMaps maps;
  const auto held = a_map();
  const auto other = a_map();
  maps.add(held);
  maps.add(other);
  held->take(2);
  maps.note_given(*held);
  maps.hold(*held);
  CHECK(maps.in_turn() == 1);
  CHECK(maps.take_turn(MapPlace::going) == nullptr);
  CHECK_FALSE(maps.all_settled());
  CHECK(maps.all().size() == 2);
  maps.note_read(*held);
  CHECK(maps.take_turn(MapPlace::going) == held);
  maps.hold(*held);
  maps.let_all_in();
  CHECK(maps.take_turn(MapPlace::going) == held);
  maps.hold(*held);
  held->settle(2);
  maps.end_source(*held);  // cancelled while it was held
  maps.note_read(*held);
  maps.release_settled();
  CHECK(maps.all().size() == 1);
}

TEST_CASE("a map is kept until it is settled and its source is not being asked") {
  OpenMaps maps;
  auto map = a_map();
  const std::weak_ptr<Map> watched = map;
  Map& open = *map;
  maps.add(map);
  map.reset();
  open.take(2);
  maps.end_source(open);
  CHECK_FALSE(maps.all_settled());
  open.settle(1);
  maps.note_outcomes(open);
  maps.release_settled();
  REQUIRE_FALSE(watched.expired());
  open.settle(1);
  maps.note_outcomes(open);
  maps.note_outcomes(open);  // may be said twice
  CHECK(maps.all_settled());
  open.filling = true;
  maps.release_settled();
  REQUIRE_FALSE(watched.expired());  // its source is being asked
  open.filling = false;
  maps.release_settled();
  CHECK(watched.expired());
  CHECK(maps.all().empty());
}

TEST_CASE("a map whose source gives something after its end is settled later") {
  OpenMaps maps;
  const auto map = a_map();
  maps.add(map);
  map->filling = true;
  maps.end_source(*map);  // it was cancelled by its own source
  maps.release_settled();
  CHECK(maps.all().size() == 1);
  map->take(1);
  map->filling = false;
  maps.release_settled();
  CHECK(maps.all().size() == 1);
  map->settle(1);
  maps.note_outcomes(*map);
  maps.release_settled();
  CHECK(maps.all().empty());
}

TEST_CASE("pauses last until they are forgotten, and times to stop at are counted by map") {
  OpenMaps maps;
  const auto map = a_map();
  maps.add(map);
  maps.pause_source(*map);
  CHECK(map->source_paused);
  CHECK(maps.in_turn() == 0);
  maps.forget_pauses();
  CHECK_FALSE(map->source_paused);
  CHECK(maps.in_turn() == 1);
  CHECK_FALSE(maps.any_stopping());
  const auto now = std::chrono::steady_clock::now();
  maps.stop_at(*map, now);
  maps.stop_at(*map, now);
  CHECK(maps.any_stopping());
  maps.end_source(*map);
  maps.release_settled();
  CHECK_FALSE(maps.any_stopping());
}

}  // namespace forkmap::pool
