// SPDX-License-Identifier: Apache-2.0
#include "core/serial/serial_site.hpp"

#include <utility>

#include "core/base/check.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::pool {

namespace {

constexpr unsigned char kIsValue = FORKMAP_STATUS_VALUE;
constexpr unsigned char kHasFailed = FORKMAP_STATUS_FUNCTION_ERROR;

// One row of text, in a block of one `str` column.
class TextRow {
 public:
  explicit TextRow(std::vector<unsigned char>& bytes) {
    column_.type = FORKMAP_STR;
    column_.ends = ends_;
    block.columns = &column_;
    block.column_count = 1;
    block.bytes = bytes.data();
    block.bytes_capacity = bytes.size();
    block.capacity_items = 1;
  }
  TextRow(const TextRow&) = delete;
  TextRow& operator=(const TextRow&) = delete;
  ~TextRow() = default;
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(block.bytes), block.bytes_used};
  }
  InputBlock block;

 private:
  std::uint64_t ends_[2] = {};
  forkmap_result_column column_{};
};

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
  if (state_ != State::serving || paused_at_) return false;
  if (ledger_.has_returned()) {
    Returned returned = ledger_.take_returned();
    if (returned.capacity > 0) {
      run_returned(returned);
      return true;
    }
    ledger_.give_back(std::move(returned));
  }
  ledger_.maps().forget_pauses();
  for (std::size_t turn = 0; turn < OpenMaps::kRows.size(); ++turn) {
    const MapPlace row = OpenMaps::kRows[next_row_];
    next_row_ = (next_row_ + 1) % OpenMaps::kRows.size();
    for (std::size_t left = ledger_.maps().in_turn(row); left > 0; --left) {
      const std::shared_ptr<Map> map = ledger_.maps().take_turn(row);
      if (!map) break;
      if (map->filling || map->in_arena()) continue;
      if (!ledger_.may_feed(*map)) {
        ledger_.maps().hold(*map);
        continue;
      }
      const bool has_run = run_next(map);
      ledger_.maps().note_given(*map);
      if (has_run) return true;
    }
  }
  return false;
}

// The next item of a map's source, if it has one at hand: there is as much room as it takes.
bool SerialSite::run_next(const std::shared_ptr<Map>& map) {
  const bool is_text = map->request().text.has_value();
  for (;;) {
    TextRow row(text_);
    if (!is_text) use_call(map->function());
    InputBlock& block = is_text ? row.block : call_->inputs();
    const ItemSource::Fill fill = Ledger::ask(*map, block, 1);
    if (fill == ItemSource::Fill::full && block.count == 0) {
      if (is_text) {
        text_.resize(2 * text_.size());
      } else {
        make_call(map->function(), 2 * block.bytes_capacity);
      }
      continue;
    }
    const bool has_row = block.count > 0;
    if (has_row) {
      Portion portion;
      portion.map = map;
      ledger_.take(portion, 1, block.bytes_used, block.index);
      const bool is_wanted = !ledger_.settle_unwanted(portion);
      if (is_wanted && (!is_text || parse(portion, row.text()))) run(portion);
    }
    ledger_.note_answer(*map, block, fill);
    return has_row || fill == ItemSource::Fill::failed;
  }
}

void SerialSite::run_returned(const Returned& returned) {
  Map& map = *returned.map;
  const types::ColumnLayout from = map.input_layout(returned.capacity);
  const types::ColumnLayout one = map.input_layout(1);
  for (std::uint32_t item = 0; item < returned.count; ++item) {
    const Portion portion{.map = returned.map,
                          .first = returned.first + item,
                          .index = index_of(returned, item),
                          .count = 1,
                          .attempts = returned.attempts};
    if (ledger_.settle_unwanted(portion)) continue;
    const types::RowSpan row{&from, returned.rows.get(), returned.row + item, 1};
    const std::uint64_t bytes = types::row_bytes(row) + sizeof(std::uint64_t);  // and padding
    if (map.request().text) {
      const auto memory = std::make_unique<std::byte[]>(one.bytes_offset_bytes + bytes);
      const auto fill = types::copy_rows(row, one, memory.get(), bytes);
      FORKMAP_CHECK(fill);
      const std::string_view text(
          reinterpret_cast<const char*>(memory.get() + one.bytes_offset_bytes), *fill);
      if (parse(portion, text)) run(portion);
    } else {
      use_call(map.function());
      if (call_->inputs().bytes_capacity < bytes) make_call(map.function(), bytes);
      const auto fill = types::copy_rows(row, call_->input_layout(), call_->input_base(), bytes);
      FORKMAP_CHECK(fill);
      call_->inputs().bytes_used = *fill;
      call_->inputs().count = 1;
      run(portion);
    }
  }
  ledger_.end(returned);
}

bool SerialSite::parse(const Portion& portion, std::string_view text) {
  const Map& map = *portion.map;
  types::BadText bad;
  use_call(map.function());
  for (;;) {
    InputBlock& inputs = call_->inputs();
    switch (types::parse_row(text, *map.request().text, call_->input_layout(), call_->input_base(),
                             0, inputs.bytes_used, inputs.bytes_capacity, bad)) {
      case types::ParseOutcome::row:
        inputs.count = 1;
        return true;
      case types::ParseOutcome::full:
        make_call(map.function(), 2 * inputs.bytes_capacity);
        break;
      case types::ParseOutcome::bad:
        ItemError error =
            Ledger::make_error(portion, 0, ErrorKind::bad_item, std::move(bad.reason));
        error.column = bad.column;
        fail(portion, std::move(error), {});
        return false;
    }
  }
}

// The call has the item's row.
void SerialSite::run(const Portion& portion) {
  const Map& map = *portion.map;
  ResultBatch batch;
  ledger_.memory().give(batch, 0);
  if (map.request().timed) batch.begun = Clock::now();
  if (watch_ != nullptr) watch_->begin(portion.index);
  call_->run(portion.index, map.request().index_stride);
  if (watch_ != nullptr) watch_->end();
  if (map.request().timed) batch.ended = Clock::now();
  const bool is_value = call_->status(0) == FORKMAP_STATUS_VALUE;
  if (events_.are_watched()) {
    events_.tell(TaskRan{.worker = {0, pid_},
                         .function = &map.function(),
                         .first_index = portion.index,
                         .index_stride = map.request().index_stride,
                         .items = 1,
                         .failed = is_value ? 0U : 1U,
                         .begun = batch.begun,
                         .ended = batch.ended,
                         .items_open = map.in_flight() - 1});
  }
  if (is_value) {
    batch.status = &kIsValue;
    const auto results = call_->results();
    batch.columns.assign(results.begin(), results.end());
    batch.held = call_;
    deliver(portion, std::move(batch));
  } else {
    fail(portion,
         Ledger::make_error(portion, 0, call_->error_kind(0), std::string(call_->message(0))),
         std::move(batch));
  }
}

void SerialSite::fail(const Portion& portion, ItemError error, ResultBatch&& batch) {
  batch.status = &kHasFailed;
  // Columns without values, for readers who fetch them before they look at the status.
  batch.columns.resize(portion.map->function().signature.results.size());
  batch.errors.push_back(std::move(error));
  deliver(portion, std::move(batch));
}

void SerialSite::deliver(const Portion& portion, ResultBatch&& batch) {
  batch.first = portion.first;
  batch.count = 1;
  batch.worker = 0;
  batch.pid = pid_;
  ledger_.deliver(*portion.map, std::move(batch));
  ledger_.end(portion);
}

void SerialSite::make_call(const plugin::FunctionEntry& function, std::uint64_t input_bytes) {
  call_ = std::make_shared<plugin::SerialCall>(session_, function, 1, input_bytes);
  function_ = &function;
}

// Without rows; of that function, and nobody reads results of it any more (R1).
void SerialSite::use_call(const plugin::FunctionEntry& function) {
  if (!call_ || function_ != &function || call_.use_count() > 1) make_call(function, kFirstBytes);
  call_->clear();
}

}  // namespace forkmap::pool
