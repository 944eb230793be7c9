// SPDX-License-Identifier: Apache-2.0
//
// One open map: its source, what is under way, and the batches that nobody has read yet. Private
// memory of the host, one thread.
//  M1 Positions [0, fed) have been taken from the source; each is in exactly one of: a task in a
//  cell,
//     a pending task, a batch in `ready` or `reorder`, or given to the reader.
//  M2 In an ordered map `ready` holds consecutive batches that end at `next_ready`.
#pragma once

#include <boost/circular_buffer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <forkmap/item_source.hpp>
#include <forkmap/options.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/pool/chunk_policy.hpp"
#include "core/pool/engine.hpp"
#include "core/pool/single_items.hpp"
#include "core/pool/time_limits.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

// Which list of OpenMaps a map is in.
enum class MapPlace : std::uint8_t {
  none,    // not open
  idle,    // in the turn, and nothing of it is out
  going,   // in the turn
  held,    // its unread outcomes wait for their reader
  paused,  // its source has nothing at hand
  ended    // its source has ended
};

class Map : public boost::intrusive::list_base_hook<> {  // in OpenMaps
 public:
  Map(std::weak_ptr<EngineCore> owner, MapRequest&& request,
      std::shared_ptr<const SingleItemLayouts> singles);

  [[nodiscard]] const plugin::FunctionEntry& function() const noexcept {
    return *request_.function;
  }
  [[nodiscard]] const MapRequest& request() const noexcept { return request_; }
  [[nodiscard]] bool in_arena() const noexcept { return !request_.arena_columns.empty(); }
  [[nodiscard]] std::uint64_t index_of(std::uint64_t position) const {
    if (request_.index_of) return request_.index_of(position);
    return request_.first_index + position * request_.index_stride;
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
  void forget_receiver() noexcept { request_.receiver = nullptr; }

  // --- outcomes
  void deliver(ResultBatch&& batch);
  void note_outcomes(std::uint64_t count) noexcept { settled_items_ += count; }  // not to be read
  // Batches come as they come from now on, those that waited for their turn first.
  void release_order();
  [[nodiscard]] bool has_batch() const noexcept { return !ready_.empty(); }
  [[nodiscard]] ResultBatch take_batch();
  // Forgets what nobody has read; returns the bytes of its batches.
  std::uint64_t drop_unread();
  [[nodiscard]] std::uint64_t unread_items() const noexcept { return unread_items_; }
  [[nodiscard]] bool nothing_is_out() const noexcept {
    return in_flight_items == 0 && unread_items_ == 0;
  }
  [[nodiscard]] std::size_t unread_batches() const noexcept {
    return ready_.size() + reorder_.size();
  }
  [[nodiscard]] std::size_t ready_batches() const noexcept { return ready_.size(); }
  [[nodiscard]] std::uint64_t ready_bytes() const noexcept { return ready_bytes_; }
  // Outcomes so far, read or not, and the errors among them.
  [[nodiscard]] std::uint64_t outcomes() const noexcept { return settled_items_; }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  // Every outcome has been delivered (read or not).
  [[nodiscard]] bool settled() const noexcept { return source_ended && settled_items_ == fed; }

  // --- the dispatcher's
  std::weak_ptr<EngineCore> engine;
  std::uint64_t fed = 0;  // positions taken from the source
  bool source_ended = false;
  bool source_paused = false;       // nothing at hand at the last look
  bool filling = false;             // inside source->fill(): not to be entered again
  std::exception_ptr source_error;  // what the source threw
  bool cut_short = false;           // the pool broke before the source had ended
  bool cancelled = false;           // outcomes are not wanted any more
  bool unreadable = false;          // nor are these, but its items are to run
  bool cancelling = false;          // items that do not finish are Cancelled
  std::optional<std::chrono::steady_clock::time_point> stop_at;  // what still runs then is stopped
  std::uint64_t in_flight_items = 0;                             // in cells or pending
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
  std::shared_ptr<const SingleItemLayouts> singles_;
  bool gathers_;
  std::optional<types::ColumnLayout> input_layout_;   // the last one asked for
  std::optional<types::ColumnLayout> result_layout_;  // as well
  boost::circular_buffer<ResultBatch> ready_;
  using Reorder = std::map<std::uint64_t, ResultBatch>;  // by first position
  Reorder reorder_;                                      // ordered maps only
  std::vector<Reorder::node_type> spare_nodes_;          // to be used again
  std::uint64_t next_ready_ = 0;
  std::uint64_t settled_items_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t unread_items_ = 0;
  std::uint64_t ready_bytes_ = 0;  // of `ready_`

  void make_ready(ResultBatch&& batch);
  [[nodiscard]] std::span<const types::Type> input_types() const noexcept;
};

}  // namespace forkmap::pool
