// SPDX-License-Identifier: Apache-2.0
//
// One open map: its source, how far it is, and the outcomes that nobody has read yet. Private
// memory of the host, one thread.
//  M1 Positions [0, fed) have been taken from the source. Each is in flight (in one portion, which
//     waits or is with a worker) until it is settled, once: in_flight() = fed() - outcomes().
#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <forkmap/item_source.hpp>
#include <forkmap/options.hpp>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "core/base/check.hpp"
#include "core/map/chunk_policy.hpp"
#include "core/map/map_request.hpp"
#include "core/map/map_results.hpp"
#include "core/map/portion.hpp"
#include "core/map/single_items.hpp"
#include "core/map/time_limits.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

class Loop;  // whose map it is; nothing of it is used here

// Which list of OpenMaps a map is in.
enum class MapPlace : std::uint8_t {
  none,       // not open, and in no list
  idle,       // in the turn, and nothing of it is out
  submitted,  // in the turn: one item with a receiver
  going,      // in the turn
  held,       // its unread outcomes wait for their reader
  paused,     // its source has nothing at hand
  ended       // its source has ended
};

class Map : public boost::intrusive::list_base_hook<> {  // in OpenMaps
 public:
  Map(std::weak_ptr<Loop> owner, MapRequest&& request,
      std::shared_ptr<const SingleItemLayouts> singles);

  [[nodiscard]] const plugin::FunctionEntry& function() const noexcept {
    return *request_.function;
  }
  [[nodiscard]] const MapRequest& request() const noexcept { return request_; }
  [[nodiscard]] bool in_arena() const noexcept { return !request_.arena_columns.empty(); }
  // Of the next item that is taken, unless its source says another.
  [[nodiscard]] std::uint64_t next_index() const noexcept {
    return request_.first_index + fed_ * request_.index_stride;
  }
  // Layouts of its input blocks and results; the last one asked for is kept.
  [[nodiscard]] const types::ColumnLayout& input_layout(std::uint64_t capacity);
  [[nodiscard]] const types::ColumnLayout& result_layout(std::uint64_t count);
  [[nodiscard]] const SingleItemLayouts& singles() const noexcept { return *singles_; }
  // Whether results of single items are gathered: they are small, and no text comes with them.
  [[nodiscard]] bool gathers() const noexcept { return gathers_; }
  // Who gets its outcomes as they come, instead of a reader; null: nobody.
  [[nodiscard]] OutcomeReceiver* receiver() const noexcept { return request_.receiver; }
  // Whether its time limit follows the median of its items.
  [[nodiscard]] bool follows_median() const noexcept {
    return time_limit && time_limit->wish().percent != 0;
  }
  // Its outcomes are dropped from now on.
  void forget_receiver() noexcept {
    request_.receiver = nullptr;
    unreadable = true;
  }

  // --- how far it is (M1)
  // The next `count` positions are under way; returns the first of them.
  std::uint64_t take(std::uint64_t count) noexcept { return std::exchange(fed_, fed_ + count); }
  // So many of those have their outcomes.
  void settle(std::uint64_t count) noexcept {
    FORKMAP_CHECK(count <= in_flight());
    settled_ += count;
  }
  [[nodiscard]] std::uint64_t fed() const noexcept { return fed_; }
  [[nodiscard]] std::uint64_t outcomes() const noexcept { return settled_; }
  [[nodiscard]] std::uint64_t in_flight() const noexcept { return fed_ - settled_; }
  // Every item has its outcome, read or not.
  [[nodiscard]] bool settled() const noexcept { return source_ended && settled_ == fed_; }
  [[nodiscard]] bool nothing_is_out() const noexcept {
    return in_flight() == 0 && results_.unread_items() == 0;
  }

  [[nodiscard]] MapResults& results() noexcept { return results_; }
  [[nodiscard]] const MapResults& results() const noexcept { return results_; }

  std::weak_ptr<Loop> engine;
  bool source_ended = false;
  bool source_paused = false;       // nothing at hand at the last look
  bool filling = false;             // inside source->fill(): not to be entered again
  std::exception_ptr source_error;  // what the source threw
  bool cut_short = false;           // the pool broke before the source had ended
  bool cancelled = false;           // outcomes are not wanted any more
  bool unreadable = false;          // nor are these, but its items are to run
  bool cancelling = false;          // items that do not finish are Cancelled
  std::optional<std::chrono::steady_clock::time_point> stop_at;  // what still runs then is stopped
  ItemCost cost;
  std::shared_ptr<TimeLimit> time_limit;  // of each item; null: none
  std::uint64_t last_chunk_items = 0;

  // --- of OpenMaps
  std::shared_ptr<Map> kept_open;  // itself, while it is open
  MapPlace place = MapPlace::none;
  std::uint64_t number = 0;  // in the order of opening
  bool awaits_release = false;

  [[nodiscard]] ItemSource* source() noexcept { return request_.source.get(); }
  [[nodiscard]] std::optional<std::uint64_t> remaining() const;

 private:
  MapRequest request_;
  MapResults results_;
  std::shared_ptr<const SingleItemLayouts> singles_;
  bool gathers_;
  std::optional<types::ColumnLayout> input_layout_;   // the last one asked for
  std::optional<types::ColumnLayout> result_layout_;  // as well
  std::uint64_t fed_ = 0;
  std::uint64_t settled_ = 0;

  [[nodiscard]] std::span<const types::Type> input_types() const noexcept;
};

// Of an item of a portion in the whole input.
[[nodiscard]] inline std::uint64_t index_of(const Portion& portion,
                                            std::uint64_t item = 0) noexcept {
  return portion.index + item * portion.map->request().index_stride;
}

}  // namespace forkmap::pool
