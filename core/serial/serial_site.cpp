// SPDX-License-Identifier: Apache-2.0
#include "core/serial/serial_site.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/check.hpp"
#include "core/map/input_place.hpp"
#include "core/types/caught_exception.hpp"
#include "core/types/failed_item.hpp"
#include "core/types/row_copy.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::pool {

namespace {

constexpr std::uint64_t kFirstBytes = 1 << 16;
constexpr unsigned char kIsValue = FORKMAP_STATUS_VALUE;

ResultBatch failed(const Returned& item, ItemError error) {
  return types::failed_item(item.first, item.map->function().signature, std::move(error));
}

// The columns of a map over the arena, from its begin.
types::ColumnLayout arena_layout(Map& map) {
  types::ColumnLayout layout = map.input_layout(1);
  std::copy_n(map.request().arena_columns.begin(), layout.column_count,
              layout.offsets_bytes.begin());
  return layout;
}

void put_results_into_arena(const Returned& item, const plugin::SerialCall& call,
                            std::byte* arena) {
  const types::Signature& signature = item.map->function().signature;
  auto offset = item.map->request().arena_columns.begin() +
                static_cast<std::ptrdiff_t>(signature.arguments.size());
  for (std::size_t column = 0; column < signature.results.size(); ++column, ++offset) {
    const std::uint64_t bytes = types::element_bytes(signature.results[column]);
    std::memcpy(arena + *offset + item.first * bytes, call.results()[column].values, bytes);
  }
}

}  // namespace

void SerialSite::begin(Clock::time_point /*now*/) {
  state_ = State::serving;
  ledger_.change_width(1);
}

void SerialSite::end() {
  if (state_ == State::serving) ledger_.change_width(-1);
  state_ = State::gone;
}

std::optional<Clock::duration> SerialSite::pause(bool on, Clock::time_point now) {
  if (on == paused_at_.has_value()) return std::nullopt;
  const Clock::duration away = on ? Clock::duration{} : now - *paused_at_;
  paused_at_ = on ? std::optional(now) : std::nullopt;
  return away;
}

bool SerialSite::step(Look /*look*/, StepTime /*time*/) {
  if (!is_idle()) return false;
  const bool has_taken = !ledger_.has_returned() && take_next();
  if (!is_idle() || !ledger_.has_returned()) return has_taken;
  run(ledger_.take_returned_item());
  return true;
}

// The next item of some map, if there is one at hand. True: there was.
bool SerialSite::take_next() {
  ledger_.maps().forget_pauses();
  for (std::size_t turn = 0; turn < OpenMaps::kRows.size(); ++turn) {
    const MapPlace row = OpenMaps::kRows[next_row_];
    next_row_ = (next_row_ + 1) % OpenMaps::kRows.size();
    std::size_t left = ledger_.maps().in_turn(row);
    while (const std::shared_ptr<Map> map = ledger_.take_turn(row, left)) {
      const bool has_taken = take_of(map);
      ledger_.maps().note_given(*map);
      if (has_taken || !is_idle()) return has_taken;
    }
  }
  return false;
}

bool SerialSite::take_of(const std::shared_ptr<Map>& map) {
  Returned item;
  item.map = map;
  if (map->in_arena()) {
    ledger_.take_in_arena(item, 1);
    ledger_.give_back(std::move(item));
    return true;
  }
  const types::ColumnLayout& layout = map->input_layout(1);
  Row row = std::exchange(row_, {});
  const auto make_row = [&row](std::uint64_t bytes) {
    row = {std::shared_ptr<std::byte[]>(new std::byte[bytes]), bytes};
  };
  if (!row.memory || row.memory.use_count() > 1) make_row(kFirstBytes);
  InputColumns columns;
  InputBlock block = block_at(layout, row.memory.get(), row.bytes, columns);
  ItemSource::Fill fill = Ledger::ask(*map, block, 1);
  // There is as much room as an item takes.
  while (fill == ItemSource::Fill::full && block.count == 0) {
    make_row(2 * row.bytes);
    block = block_at(layout, row.memory.get(), row.bytes, columns);
    fill = Ledger::ask(*map, block, 1);
  }
  const bool has_row = block.count > 0;
  if (has_row) {
    item.capacity = 1;
    item.rows = row.memory;
    item.bytes = block.bytes_used;
    ledger_.take(item, 1, block.bytes_used, block.index);
    ledger_.give_back(std::move(item));
  }
  row_ = std::move(row);
  ledger_.note_answer(*map, block, fill);
  return has_row || fill == ItemSource::Fill::failed;
}

void SerialSite::run(Returned item) {
  Map& map = *item.map;
  bool has_begun = false;
  ResultBatch outcome;
  try {
    Call call = take_call(map);
    if (std::optional<ItemError> error = give_row(item, call)) {
      outcome = failed(item, *std::move(error));
    } else {
      run_call(item, call, has_begun, outcome);
    }
    function_ = &map.function();
    call_ = std::move(call);
  } catch (...) {
    if (has_begun) {  // it may be one that runs once only
      const std::string text =
          types::caught_forced_unwind() ? "it ended its thread" : types::caught_exception_text();
      deliver(item, failed(item, Ledger::make_error(item, 0, ErrorKind::function_error, text)));
    } else {
      ledger_.give_back(std::move(item));
    }
    throw;
  }
  deliver(item, std::move(outcome));
}

std::optional<ItemError> SerialSite::give_row(const Returned& item, Call& call) const {
  Map& map = *item.map;
  if (!map.request().text) {
    types::ColumnLayout columns;
    types::RowSpan row{&columns, arena_, item.first, 1};
    if (map.in_arena()) {
      FORKMAP_CHECK(arena_ != nullptr);
      columns = arena_layout(map);
    } else {
      row = {&map.input_layout(item.capacity), item.rows.get(), item.row, 1};
    }
    const std::uint64_t bytes = types::row_bytes(row) + sizeof(std::uint64_t);  // and padding
    if (call->inputs().bytes_capacity < bytes) call = make_call(map, bytes);
    const auto fill = types::copy_rows(row, call->input_layout(), call->input_base(), bytes);
    FORKMAP_CHECK(fill);
    call->inputs().bytes_used = *fill;
    call->inputs().count = 1;
    return std::nullopt;
  }
  forkmap_column lines;
  types::argument_columns(map.input_layout(item.capacity), item.rows.get(), &lines);
  const std::string_view line(reinterpret_cast<const char*>(lines.bytes) + lines.starts[item.row],
                              lines.ends[item.row] - lines.starts[item.row]);
  for (;;) {
    InputBlock& inputs = call->inputs();
    types::BadText bad;
    switch (types::parse_row(line, *map.request().text, call->input_layout(), call->input_base(), 0,
                             inputs.bytes_used, inputs.bytes_capacity, bad)) {
      case types::ParseOutcome::row:
        inputs.count = 1;
        return std::nullopt;
      case types::ParseOutcome::full:
        call = make_call(map, 2 * inputs.bytes_capacity);
        break;
      case types::ParseOutcome::bad:
        ItemError error = Ledger::make_error(item, 0, ErrorKind::bad_item, std::move(bad.reason));
        error.column = bad.column;
        return error;
    }
  }
}

// The call has the item's row.
void SerialSite::run_call(const Returned& item, const Call& call, bool& has_begun,
                          ResultBatch& outcome) {
  const Map& map = *item.map;
  const auto now = [&] { return map.request().timed ? Clock::now() : Clock::time_point{}; };
  const Clock::time_point begun = now();
  if (watch_ != nullptr) watch_->begin(item.index);
  has_begun = true;
  call->run(item.index, map.request().index_stride);
  if (watch_ != nullptr) watch_->end();
  const Clock::time_point ended = now();
  const bool is_value = call->status(0) == FORKMAP_STATUS_VALUE;
  if (events_.are_watched()) {
    events_.tell(TaskRan{.worker = {0, pid_},
                         .function = &map.function(),
                         .first_index = item.index,
                         .index_stride = map.request().index_stride,
                         .items = 1,
                         .failed = is_value ? 0U : 1U,
                         .begun = begun,
                         .ended = ended,
                         .items_open = map.in_flight() - 1});
  }
  if (!is_value) {
    outcome = failed(
        item, Ledger::make_error(item, 0, call->error_kind(0), std::string(call->message(0))));
  } else {
    ledger_.memory().give(outcome, 0);
    outcome.first = item.first;
    outcome.count = 1;
    outcome.status = &kIsValue;
    if (map.in_arena()) {
      put_results_into_arena(item, *call, arena_);
    } else {
      const auto results = call->results();
      outcome.columns.assign(results.begin(), results.end());
      outcome.held = call;
    }
  }
  outcome.begun = begun;
  outcome.ended = ended;
}

void SerialSite::deliver(const Returned& item, ResultBatch&& outcome) {
  outcome.worker = 0;
  outcome.pid = pid_;
  ledger_.deliver(*item.map, std::move(outcome));
  ledger_.end(item);
}

SerialSite::Call SerialSite::make_call(const Map& map, std::uint64_t input_bytes) const {
  return std::make_shared<plugin::SerialCall>(session_, map.function(), 1, input_bytes);
}

// Without rows; of the map's function, and nobody reads results of it any more (R1).
SerialSite::Call SerialSite::take_call(const Map& map) {
  Call call = std::exchange(call_, nullptr);
  if (!call || function_ != &map.function() || call.use_count() > 1) {
    return make_call(map, kFirstBytes);
  }
  call->clear();
  return call;
}

}  // namespace forkmap::pool
