// SPDX-License-Identifier: Apache-2.0
#include "core/map/ledger.hpp"

#include <algorithm>
#include <forkmap/error.hpp>
#include <span>
#include <utility>

#include "core/types/failed_item.hpp"

namespace forkmap::pool {

namespace {

// Batches that are ready to be read before a map stops being fed: the reader is the slow one then.
constexpr std::size_t kReadyBatchesPerWorker = 64;
// The same for large ones: what nobody reads yet would only take memory that is not in use so far.
constexpr std::size_t kLargeBatchesPerWorker = 4;
constexpr std::uint64_t kReadyBytes = std::uint64_t{2} << 20U;
// Batches and items behind a slow item before a map stops being fed.
constexpr std::size_t kWaitingBatches = 65536;
constexpr std::uint64_t kUnreadItems = std::uint64_t{4} << 20U;
// Of items with a receiver, how many teach nothing for one that does.
constexpr std::uint64_t kItemsPerCostSample = 16;

}  // namespace

Ledger::Ledger(const Rules& rules)
    : rules_(rules), pool_time_limit_(time_limits_.get({.fixed = rules.timeout})) {}

std::shared_ptr<Map> Ledger::open(std::weak_ptr<Loop> owner, MapRequest&& request) {
  std::shared_ptr<TimeLimit> time_limit = time_limit_for(request);
  std::shared_ptr<const SingleItemLayouts> singles = singles_of(request);
  auto map = std::make_shared<Map>(std::move(owner), std::move(request), std::move(singles));
  map->time_limit = std::move(time_limit);
  map->source_ended = map->in_arena() && map->request().arena_items == 0;
  if (map->receiver() != nullptr && map->function().number < received_costs_.size()) {
    map->cost = received_costs_[map->function().number];
  }
  maps_.add(map);
  return map;
}

std::shared_ptr<TimeLimit> Ledger::time_limit_for(const MapRequest& request) {
  const MapOptions& options = request.options;
  if (options.timeout && options.timeout->count() < 0) {
    throw InvalidOption("MapOptions::timeout cannot be negative; 0 is none");
  }
  if (options.retries && *options.retries < 0) {
    throw InvalidOption("MapOptions::retries cannot be " + std::to_string(*options.retries));
  }
  if (!options.timeout && options.timeout_percent == 0) return pool_time_limit_;
  return time_limits_.get({options.timeout.value_or(rules_.timeout), options.timeout_percent});
}

std::shared_ptr<const SingleItemLayouts> Ledger::singles_of(const MapRequest& request) {
  static constexpr types::Type kLine{FORKMAP_STR};
  const types::Signature& signature = request.function->signature;
  const std::size_t place = 2 * std::size_t{request.function->number} + (request.text ? 1U : 0U);
  if (singles_.size() <= place) singles_.resize(place + 1);
  if (!singles_[place]) {
    const std::span<const types::Type> arguments =
        request.text ? std::span(&kLine, 1) : std::span(signature.arguments);
    singles_[place] =
        std::make_shared<const SingleItemLayouts>(arguments, signature.results, rules_.cell);
  }
  return singles_[place];
}

void Ledger::change_width(int by) noexcept {
  if (by == 0) return;
  width_ += by;
  maps_.let_all_in();
}

// As far as its own unread outcomes are concerned.
bool Ledger::has_room(const Map& map) const noexcept {
  const MapResults& results = map.results();
  const bool are_large = results.ready_bytes() >= kReadyBytes;
  return results.ready_batches() <
             static_cast<std::size_t>(workers()) *
                 (are_large ? kLargeBatchesPerWorker : kReadyBatchesPerWorker) &&
         results.unread_batches() < kWaitingBatches && results.unread_items() < kUnreadItems;
}

bool Ledger::may_feed(const Map& map) const noexcept {
  if (map.source_ended || map.filling || map.cancelled) return false;
  return map.nothing_is_out() || (may_feed_more() && has_room(map));
}

std::shared_ptr<Map> Ledger::take_turn(MapPlace row, std::size_t& left) noexcept {
  for (; left > 0 && (row != MapPlace::going || may_feed_more()); --left) {
    std::shared_ptr<Map> map = maps_.take_turn(row);
    if (!map) break;
    if (may_feed(*map)) {
      --left;
      return map;
    }
    if (!map->filling) maps_.hold(*map);
  }
  return nullptr;
}

ItemSource::Fill Ledger::ask(Map& map, InputBlock& block, std::size_t limit) {
  ItemSource::Fill fill = ItemSource::Fill::end;
  block.index = map.next_index();
  map.filling = true;
  try {
    fill = map.source()->fill(block, limit);
  } catch (...) {
    map.source_error = std::current_exception();
  }
  map.filling = false;
  FORKMAP_CHECK(block.count <= limit);
  if (fill == ItemSource::Fill::more && block.count == 0) return ItemSource::Fill::pause;
  return fill;
}

void Ledger::note_answer(Map& map, const InputBlock& block, ItemSource::Fill fill) {
  switch (fill) {
    case ItemSource::Fill::more:
    case ItemSource::Fill::full:
      return;
    case ItemSource::Fill::pause:
      maps_.pause_source(map);
      return;
    case ItemSource::Fill::end:
      maps_.end_source(map);
      return;
    case ItemSource::Fill::failed:
      // Behind the rows of the same fill.
      refuse_next(map, block.index + block.count * map.request().index_stride,
                  map.source()->take_error());
      return;
  }
}

void Ledger::deliver(Map& map, ResultBatch&& batch) {
  if (batch.count == 0) return memory_.take_back(std::move(batch));
  ++deliveries_;
  map.settle(batch.count);
  if (map.cancelled || map.unreadable) {
    memory_.take_back(std::move(batch));
  } else if (map.receiver() != nullptr) {
    map.receiver()->receive(std::move(batch));
  } else {
    unread_bytes_ += bytes_of(batch);
    map.results().deliver(std::move(batch));
  }
  maps_.note_outcomes(map);
}

void Ledger::deliver_error(Map& map, std::uint64_t position, ItemError error,
                           const ResultBatch& times) {
  ResultBatch batch = types::failed_item(position, map.function().signature, std::move(error));
  batch.begun = times.begun;
  batch.ended = times.ended;
  deliver(map, std::move(batch));
}

ItemError Ledger::make_error(const Portion& portion, std::uint32_t item, ErrorKind kind,
                             std::string message) {
  ItemError error;
  error.index = index_of(portion, item);
  error.kind = kind;
  error.function = portion.map->function().full_name;
  error.message = std::move(message);
  return error;
}

void Ledger::take_in_arena(Portion& portion, std::uint64_t most) {
  Map& map = *portion.map;
  const std::uint64_t items = map.request().arena_items;
  take(portion, static_cast<std::uint32_t>(std::min(most, items - map.fed())), 0, map.next_index());
  if (map.fed() == items) maps_.end_source(map);
}

void Ledger::refuse_next(Map& map, std::uint64_t index, ItemError error) {
  const std::uint64_t position = map.take(1);
  error.index = index;
  error.function = map.function().full_name;
  deliver_error(map, position, std::move(error));
}

void Ledger::fail(const Portion& portion, const ItemError& error) {
  for (std::uint32_t item = 0; item < portion.count; ++item) {
    const std::uint64_t position = portion.first + item;
    ItemError one = error;
    one.index = index_of(portion, item);
    one.function = portion.map->function().full_name;
    deliver_error(*portion.map, position, std::move(one));
  }
  end(portion);
}

void Ledger::fail(const Portion& portion, ErrorKind kind, const std::string& message) {
  ItemError error;
  error.kind = kind;
  error.message = message;
  fail(portion, error);
}

void Ledger::drop(const Portion& portion) {
  deliver(*portion.map, ResultBatch{.first = portion.first, .count = portion.count});
  end(portion);
}

bool Ledger::settle_unwanted(const Portion& portion) {
  if (portion.map->cancelled) {
    drop(portion);
  } else if (portion.map->cancelling) {
    fail(portion, ErrorKind::cancelled, "cancelled before it ran");
  } else if (has_ended_) {
    fail(portion, end_kind_, end_message_);
  } else {
    return false;
  }
  return true;
}

void Ledger::give_back(Returned&& returned) {
  if (!settle_unwanted(returned)) returned_.push_back(std::move(returned));
}

Returned Ledger::take_returned() {
  FORKMAP_CHECK(has_returned());
  Returned returned = std::move(returned_.front());
  returned_.pop_front();
  return returned;
}

Returned Ledger::take_returned_item() {
  FORKMAP_CHECK(has_returned());
  Returned& portion = returned_.front();
  if (portion.count == 1) return take_returned();
  Returned item = portion;
  item.count = 1;
  item.accounted_bytes = 0;  // all are in flight until the last one has ended
  portion.index = index_of(portion, 1);
  ++portion.first;
  if (portion.capacity != 0) ++portion.row;
  --portion.count;
  return item;
}

void Ledger::settle_unwanted_returned() {
  std::erase_if(returned_, [this](const Returned& returned) { return settle_unwanted(returned); });
}

void Ledger::fail_untaken(Map& map, ErrorKind kind, const std::string& message) {
  if (map.receiver() == nullptr || map.source_ended || map.fed() > 0) return;
  ItemError error;
  error.kind = kind;
  error.message = message;
  refuse_next(map, map.next_index(), std::move(error));
}

void Ledger::note_cost(Map& map, std::uint64_t items, std::uint64_t time_ns, std::uint64_t bytes) {
  if (map.receiver() == nullptr) {
    map.cost = with_task(map.cost, items, time_ns, bytes);
    return;
  }
  // A map of one item teaches the next ones of that function; not each, once something is known.
  if (map.cost.time_ns > 0 && ++received_items_ % kItemsPerCostSample != 0) return;
  const std::uint32_t function = map.function().number;
  if (received_costs_.size() <= function) received_costs_.resize(std::size_t{function} + 1);
  received_costs_[function] = with_task(map.cost, items, time_ns, bytes);
}

void Ledger::note_finished(const Map& map, std::uint64_t counted, std::uint64_t items,
                           std::uint64_t time_ns) {
  if (!map.time_limit || items <= counted) return;
  const std::uint64_t fresh = items - counted;
  time_limits_.note_finished(*map.time_limit, fresh, time_ns / items * fresh);
}

void Ledger::cancel(Map& map, bool give_outcomes, TimePoint stop_at) {
  if (map.kept_open && give_outcomes && !map.filling) {
    fail_untaken(map, ErrorKind::cancelled, "cancelled before it ran");
  }
  maps_.end_source(map);
  if (map.filling) map.source_paused = true;
  if (give_outcomes) {
    map.cancelling = true;
    maps_.stop_at(map, stop_at);
  } else {
    map.cancelled = true;
    if (!map.stop_at) maps_.stop_at(map, stop_at);
    unread_bytes_ -= map.results().drop_unread();
  }
  settle_unwanted_returned();
}

bool Ledger::forget_a_reader() {
  std::shared_ptr<Map> newest;
  for (const auto& map : maps_.all()) {
    if (map->source_ended || map->source_paused) continue;
    if (map->place == MapPlace::held && may_feed(*map)) {
      maps_.note_read(*map);  // it only has not been asked since
      return true;
    }
    const bool is_held = map->place == MapPlace::held || !may_feed(*map);
    if (is_held && (!newest || map->number > newest->number)) newest = map;
  }
  if (!newest) return false;
  newest->unreadable = true;
  unread_bytes_ -= newest->results().drop_unread();
  maps_.note_read(*newest);
  return true;
}

void Ledger::end_new_as(ErrorKind kind, const std::string& message) {
  has_ended_ = true;
  end_kind_ = kind;
  end_message_ = message;
}

void Ledger::end_all(ErrorKind kind, const std::string& message) {
  end_new_as(kind, message);
  for (const auto& map : maps_.all()) {
    fail_untaken(*map, kind, message);
    map->cut_short = !map->source_ended;
    maps_.end_source(*map);
  }
  settle_unwanted_returned();
}

}  // namespace forkmap::pool
