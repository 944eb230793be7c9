// SPDX-License-Identifier: Apache-2.0
//
// What the maps of a pool are owed: who takes items from their sources takes them here, and gives
// their outcomes back here. It knows nothing of where items run. Private memory of the host, one
// thread; it calls no user code but receivers, and asks no clock.
//  G1 Each position that was taken is settled exactly once: delivered, failed or dropped. Until
//  then
//     it is in one portion, which a site holds or which lies here, returned.
//  G2 Bytes of input are in flight from take() to end(); of results, from deliver() until they are
//     read or dropped.
//  G3 A map that is not read stops being fed, and blocks no other: whatever others hold, one
//     portion of each map is let in.
// What was taken and settled of one map is counted in map.hpp (M1); here are the sums of all.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "core/map/batch_memory.hpp"
#include "core/map/map.hpp"
#include "core/map/open_maps.hpp"
#include "core/map/portion.hpp"
#include "core/map/time_limits.hpp"

namespace forkmap::pool {

class Ledger {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Rules {
    bool once = false;  // no item is run twice
    int retries = 0;    // of an item, where its map says nothing else
    std::chrono::nanoseconds timeout{};
    std::uint64_t in_flight_bytes = 0;  // more input and unread results stop the feeding
    CellRoom cell = {};
  };
  explicit Ledger(const Rules& rules);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger() = default;

  // Throws InvalidOption.
  [[nodiscard]] std::shared_ptr<Map> open(std::weak_ptr<Loop> owner, MapRequest&& request);
  [[nodiscard]] OpenMaps& maps() noexcept { return maps_; }
  [[nodiscard]] const OpenMaps& maps() const noexcept { return maps_; }
  [[nodiscard]] TimeLimits& time_limits() noexcept { return time_limits_; }
  [[nodiscard]] BatchMemory& memory() noexcept { return memory_; }

  // --- how much is let in
  // A site has so many workers more, or fewer; more workers let more in.
  void change_width(int by) noexcept;
  // Of all sites; at least 1.
  [[nodiscard]] int workers() const noexcept { return width_ > 0 ? width_ : 1; }
  // As far as all maps together are concerned.
  [[nodiscard]] bool may_feed_more() const noexcept {
    return in_flight_bytes_ + unread_bytes_ < rules_.in_flight_bytes;
  }
  [[nodiscard]] bool may_feed(const Map& map) const noexcept;
  // The next map of a row that may be fed; one that may not leaves the turn. `left` of the row are
  // to be looked at yet. Null: none of these.
  [[nodiscard]] std::shared_ptr<Map> take_turn(MapPlace row, std::size_t& left) noexcept;
  // There are maps in the turn, and not only such as wait for bytes of others.
  [[nodiscard]] bool has_turn() const noexcept {
    return maps_.in_turn() > (may_feed_more() ? 0 : maps_.in_turn(MapPlace::going));
  }

  // --- sources: user code, which may call into the pool
  // Asks the map's source for `limit` rows at most. Rows before one that could not be had stand;
  // what was thrown is for whoever reads the map.
  [[nodiscard]] static ItemSource::Fill ask(Map& map, InputBlock& block, std::size_t limit);
  // What follows the answer, once its rows are taken.
  void note_answer(Map& map, const InputBlock& block, ItemSource::Fill fill);

  // --- items
  [[nodiscard]] bool runs_once(const Map& map) const noexcept {
    return rules_.once || map.request().options.once || map.function().once;
  }
  [[nodiscard]] int retries_of(const Map& map) const noexcept {
    return map.request().options.retries.value_or(rules_.retries);
  }
  // The next `count` items of the portion's map are its own, with so many bytes of input. `index`:
  // of the first in the whole input.
  void take(Portion& portion, std::uint32_t count, std::uint64_t bytes,
            std::uint64_t index) noexcept {
    portion.first = portion.map->take(count);
    portion.index = index;
    portion.count = count;
    portion.accounted_bytes = bytes;
    portion.map->last_chunk_items = count;
    in_flight_bytes_ += bytes;
  }
  // The next items of a map over the arena, at most `most`: nobody is to be asked for them.
  void take_in_arena(Portion& portion, std::uint64_t most);
  // The next item of the map, which has this index, fails at once with this error.
  void refuse_next(Map& map, std::uint64_t index, ItemError error);
  // Outcomes of taken items; none are taken back for their memory.
  void deliver(Map& map, ResultBatch&& batch);
  // The outcome of one item that no worker wrote; `times`: when it ran.
  void deliver_error(Map& map, std::uint64_t position, ItemError error,
                     const ResultBatch& times = {});
  // All items of a portion fail in the same way; index and function are filled in.
  void fail(const Portion& portion, const ItemError& error);
  void fail(const Portion& portion, ErrorKind kind, const std::string& message);
  // Nobody wants the outcomes: the map was cancelled.
  void drop(const Portion& portion);
  // Settles a portion that nobody is to run any more: its map was cancelled, or all have ended.
  // False: it is to be run.
  [[nodiscard]] bool settle_unwanted(const Portion& portion);
  // A site cannot run it, or not soon: some site takes it, the oldest first. One that nobody is to
  // run is settled.
  void give_back(Returned&& returned);
  [[nodiscard]] bool has_returned() const noexcept { return !returned_.empty(); }
  [[nodiscard]] Returned take_returned();
  [[nodiscard]] Returned take_returned_item();  // the first of it
  // Its items are settled, or are another portion's now: its bytes are not in flight any more.
  void end(const Portion& portion) noexcept {
    FORKMAP_CHECK(in_flight_bytes_ >= portion.accounted_bytes);
    in_flight_bytes_ -= portion.accounted_bytes;
  }
  // Of one item of a portion.
  [[nodiscard]] static ItemError make_error(const Portion& portion, std::uint32_t item,
                                            ErrorKind kind, std::string message);

  // --- what is learned from finished items
  void note_cost(Map& map, std::uint64_t items, std::uint64_t time_ns, std::uint64_t bytes);
  // The first `items` of a portion took so long together; `counted` of them are counted already.
  void note_finished(const Map& map, std::uint64_t counted, std::uint64_t items,
                     std::uint64_t time_ns);

  // --- readers
  void note_read(Map& map, const ResultBatch& batch) noexcept {
    unread_bytes_ -= bytes_of(batch);
    maps_.note_read(map);
  }
  // Outcomes that were delivered so far, in batches.
  [[nodiscard]] std::uint64_t deliveries() const noexcept { return deliveries_; }

  // --- ends
  // No more items are taken. With `give_outcomes` what does not finish is Cancelled; else nothing
  // is given any more. What runs is to be stopped at `stop_at`.
  void cancel(Map& map, bool give_outcomes, TimePoint stop_at);
  // No more items are taken of any map; what was not, and what a source still gives, ends so.
  void end_all(ErrorKind kind, const std::string& message);
  // What a source still gives ends so.
  void end_new_as(ErrorKind kind, const std::string& message);
  // Where nothing runs because too much is unread: one map loses what is unread of it, and with
  // that its bound; nobody can read it afterwards. The newest one, since its source may read
  // another. False: no map is held back so. True as well where one is held back without a reason.
  bool forget_a_reader();

 private:
  Rules rules_;
  OpenMaps maps_;
  BatchMemory memory_;
  std::vector<std::shared_ptr<const SingleItemLayouts>> singles_;  // by function; lines behind
  std::vector<ItemCost> received_costs_;  // by function: of items that have a receiver
  std::uint64_t received_items_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t unread_bytes_ = 0;
  int width_ = 0;
  std::deque<Returned> returned_;
  TimeLimits time_limits_;
  std::shared_ptr<TimeLimit> pool_time_limit_;  // of items whose map has none of its own
  bool has_ended_ = false;
  ErrorKind end_kind_ = ErrorKind::not_run;
  std::string end_message_;

  [[nodiscard]] bool has_room(const Map& map) const noexcept;
  void settle_unwanted_returned();
  [[nodiscard]] std::shared_ptr<TimeLimit> time_limit_for(const MapRequest& request);
  [[nodiscard]] std::shared_ptr<const SingleItemLayouts> singles_of(const MapRequest& request);
  // The one item of a map with a receiver, if it was not taken from the source and will not be.
  void fail_untaken(Map& map, ErrorKind kind, const std::string& message);
};

}  // namespace forkmap::pool
