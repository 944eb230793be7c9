// SPDX-License-Identifier: Apache-2.0
#include "core/node/remote_rows.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/node/batch_of_part.hpp"
#include "core/node/loss_policy.hpp"
#include "core/node/result_image.hpp"
#include "core/node/wire.hpp"

namespace forkmap::node {

namespace {

// Some rows of a portion, as a portion of their own; their bytes stay with the others.
pool::Returned rows_of(const pool::Returned& whole, std::uint32_t row, std::uint32_t count) {
  pool::Returned part = whole;
  part.first = whole.first + row;
  part.index = pool::index_of(whole, row);
  part.row = whole.row + row;
  part.count = count;
  part.accounted_bytes = 0;
  return part;
}

// Whether results have the form that their map wants.
Fault fault_of_form(const pool::Map& map, const BlockPart& part) {
  const bool wants_columns = map.request().text_results == pool::TextResults::columns;
  if (wants_columns == part.columns.empty()) return "results of another form than was asked for";
  if (!wants_columns) return {};
  return fault_of_image(part.columns, map.function().signature.results,
                        static_cast<std::uint32_t>(part.status.size()));
}

}  // namespace

// --- out

std::uint64_t RemoteRows::add_sending(std::size_t node, Sending&& sending) {
  sending.answered.assign(sending.count, false);
  sending.left = sending.count;
  const std::uint64_t number = next_number_++;
  out_[node].emplace(number, std::move(sending));
  return number;
}

std::uint64_t RemoteRows::send(std::size_t node, pool::Returned&& rows, TimePoint now,
                               std::optional<std::chrono::nanoseconds> expected) {
  auto block = std::make_shared<RemoteBlock>();
  block->left = rows.count;
  block->settled.assign(rows.count, false);
  block->rows = std::move(rows);
  block->sent_at = now;
  block->expected = expected;
  blocks_.push_back(block);
  const std::uint32_t count = block->left;
  return add_sending(node, {.block = std::move(block), .row = 0, .count = count});
}

std::uint64_t RemoteRows::copy(const std::shared_ptr<RemoteBlock>& block, std::size_t node) {
  const auto first = std::ranges::find(block->settled, false);
  FORKMAP_CHECK(first != block->settled.end());
  const auto row = static_cast<std::uint32_t>(first - block->settled.begin());
  auto end = static_cast<std::uint32_t>(block->settled.size());
  while (block->settled[end - 1]) --end;
  block->was_copied = true;
  ++counts_.copied_blocks;
  return add_sending(node, {.block = block, .row = row, .count = end - row});
}

const pool::Map* RemoteRows::map_of(std::size_t node, std::uint64_t number) const {
  const auto found = out_[node].find(number);
  return found == out_[node].end() ? nullptr : found->second.block->rows.map.get();
}

std::optional<RemoteRows::OpenRow> RemoteRows::open_row(std::size_t node, std::uint64_t number,
                                                        std::uint32_t row) const {
  const auto found = out_[node].find(number);
  if (found == out_[node].end()) return std::nullopt;
  const Sending& sending = found->second;
  if (row >= sending.count || sending.answered[row]) return std::nullopt;
  const pool::Returned& rows = sending.block->rows;
  const std::uint32_t item = sending.row + row;
  return OpenRow{rows.map.get(), rows.first + item, pool::index_of(rows, item), rows.attempts,
                 sending.block->settled[item]};
}

Block RemoteRows::wire_block(std::size_t node, std::uint64_t number) const {
  const Sending& sending = this->sending(node, number);
  const pool::Returned& rows = sending.block->rows;
  Block block{.number = number,
              .map = rows.map->number,
              .index = pool::index_of(rows, sending.row),
              .count = sending.count};
  const types::ColumnLayout layout = rows.map->input_layout(rows.capacity);
  forkmap_column column{};
  types::argument_columns(layout, rows.rows.get(), &column);
  block.lines.reserve(rows.bytes + 4 * std::uint64_t{sending.count});
  WireWriter out(block.lines);
  for (std::uint64_t row = rows.row + sending.row; row < rows.row + sending.row + sending.count;
       ++row) {
    const std::uint64_t begin = column.starts[row];
    out.put(std::string_view(reinterpret_cast<const char*>(column.bytes) + begin,
                             column.ends[row] - begin));
  }
  return block;
}

// --- back

Fault RemoteRows::settle(std::size_t node, const BlockPart& part, TimePoint now) {
  const auto found = out_[node].find(part.block);
  if (found == out_[node].end()) return "outcomes of rows that it has not got";
  Sending& sending = found->second;
  const auto count = static_cast<std::uint32_t>(part.status.size());
  if (part.row > sending.count || count > sending.count - part.row) {
    return "outcomes of rows that it has not got";
  }
  for (std::uint32_t item = 0; item < count; ++item) {
    if (sending.answered[part.row + item]) return "a second outcome of a row";
  }
  if (Fault fault = fault_of_form(*sending.block->rows.map, part); !fault.empty()) return fault;
  const std::shared_ptr<RemoteBlock> block = sending.block;
  for (std::uint32_t item = 0; item < count;) {
    sending.answered[part.row + item] = true;
    --sending.left;
    const std::uint32_t row = sending.row + part.row + item;
    if (block->settled[row]) {
      ++counts_.needless_rows;
      ++item;
      continue;
    }
    std::uint32_t end = item + 1;
    while (end < count && !block->settled[sending.row + part.row + end]) {
      sending.answered[part.row + end] = true;
      --sending.left;
      ++end;
    }
    deliver(node, *block, row, part, item, end - item, now);
    item = end;
  }
  if (sending.left == 0) out_[node].erase(found);
  if (block->left == 0) finish(block);
  return {};
}

void RemoteRows::deliver(std::size_t node, RemoteBlock& block, std::uint32_t row,
                         const BlockPart& part, std::uint32_t from, std::uint32_t count,
                         TimePoint now) {
  const pool::Returned rows = rows_of(block.rows, row, count);
  std::fill_n(block.settled.begin() + row, count, true);
  block.left -= count;
  const auto number = static_cast<std::uint32_t>(node + 1);
  const auto size = static_cast<std::int64_t>(part.status.size());
  ResultBatch batch = batch_of_part(ledger_.memory(), rows, part, from, number);
  batch.ended = now;
  batch.begun = now - part.time / size * count;
  ledger_.deliver(*rows.map, std::move(batch));
}

void RemoteRows::finish(const std::shared_ptr<RemoteBlock>& block) {
  ledger_.end(block->rows);
  block->rows.accounted_bytes = 0;
  std::erase(blocks_, block);
}

Fault RemoteRows::take_back(std::size_t node, const ReturnedRows& returned) {
  const auto found = out_[node].find(returned.block);
  if (found == out_[node].end()) return "rows back that it has not got";
  Sending& sending = found->second;
  if (returned.count == 0 || returned.row > sending.count ||
      returned.count > sending.count - returned.row) {
    return "rows back that it has not got";
  }
  for (std::uint32_t row = returned.row; row < returned.row + returned.count; ++row) {
    if (sending.answered[row]) return "rows back that it has answered";
  }
  std::fill_n(sending.answered.begin() + returned.row, returned.count, true);
  sending.left -= returned.count;
  const std::shared_ptr<RemoteBlock> block = sending.block;
  if (sending.left == 0) out_[node].erase(found);
  release(block, [this](pool::Returned&& rows) {
    if (rows.lost.count < kLossesToHalve) return ledger_.give_back(std::move(rows));
    if (!ledger_.settle_unwanted(rows)) suspects_.push_back(std::move(rows));
  });
  return {};
}

std::vector<std::uint64_t> RemoteRows::take_needless(std::size_t node) {
  std::vector<std::uint64_t> numbers;
  for (auto& [number, sending] : out_[node]) {
    if (sending.block->left == 0 && !std::exchange(sending.was_recalled, true)) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::vector<std::uint64_t> RemoteRows::mark_recalled(std::size_t node) {
  std::vector<std::uint64_t> numbers;
  for (auto& [number, sending] : out_[node]) {
    if (!std::exchange(sending.was_recalled, true)) numbers.push_back(number);
  }
  return numbers;
}

// --- ends

std::vector<const Sending*> RemoteRows::sendings_of(const RemoteBlock& block) const {
  std::vector<const Sending*> found;
  for (const auto& sendings : out_) {
    for (const auto& [number, sending] : sendings) {
      if (sending.block.get() == &block) found.push_back(&sending);
    }
  }
  return found;
}

void RemoteRows::release(const std::shared_ptr<RemoteBlock>& block,
                         const std::function<void(pool::Returned&&)>& use) {
  const std::vector<const Sending*> sendings = sendings_of(*block);
  const auto is_free = [&](std::uint32_t row) {
    return !block->settled[row] && std::ranges::none_of(sendings, [row](const Sending* sending) {
      return row >= sending->row && row - sending->row < sending->count &&
             !sending->answered[row - sending->row];
    });
  };
  std::vector<pool::Returned> released;
  const auto count = static_cast<std::uint32_t>(block->settled.size());
  for (std::uint32_t row = 0; row < count;) {
    std::uint32_t end = row;
    while (end < count && is_free(end)) ++end;
    if (end > row) {
      released.push_back(rows_of(block->rows, row, end - row));
      std::fill(block->settled.begin() + row, block->settled.begin() + end, true);
      block->left -= end - row;
    }
    row = std::max(row + 1, end);
  }
  // The last rows of a block take its bytes with them.
  if (block->left == 0 && !released.empty()) {
    released.front().accounted_bytes = std::exchange(block->rows.accounted_bytes, 0);
  }
  if (block->left == 0) std::erase(blocks_, block);
  for (pool::Returned& rows : released) use(std::move(rows));
}

void RemoteRows::lose(std::size_t node, const std::function<std::string(std::uint32_t)>& name) {
  const std::map<std::uint64_t, Sending> lost = std::exchange(out_[node], {});
  for (const auto& [number, sending] : lost) {
    // Also of rows that another node has still: they were here, too.
    sending.block->rows.lost.add(static_cast<std::uint32_t>(node + 1));
    sending.block->was_copied = false;  // it has one holder again
    release(sending.block, [&](pool::Returned&& rows) {
      counts_.moved_rows += rows.count;
      place_lost(std::move(rows), name);
    });
  }
}

void RemoteRows::place_lost(pool::Returned&& rows,
                            const std::function<std::string(std::uint32_t)>& name) {
  if (ledger_.settle_unwanted(rows)) return;
  switch (after_loss(rows.lost.count, rows.count, ledger_.runs_once(*rows.map))) {
    case AfterLoss::run_again:
      return ledger_.give_back(std::move(rows));
    case AfterLoss::run_alone:
      suspects_.push_back(std::move(rows));
      return;
    case AfterLoss::halve: {
      const std::uint32_t half = rows.count / 2;
      suspects_.push_back(rows_of(rows, half, rows.count - half));
      rows.count = half;
      suspects_.push_back(std::move(rows));
      return;
    }
    case AfterLoss::fail:
      return fail_lost(rows, name);
  }
}

void RemoteRows::fail_lost(const pool::Returned& rows,
                           const std::function<std::string(std::uint32_t)>& name) {
  const pool::LostNodes& lost = rows.lost;
  const bool once = ledger_.runs_once(*rows.map);
  ItemError error;
  error.kind = ErrorKind::node_lost;
  error.attempt = rows.attempts + 1;
  const std::size_t known = std::min<std::size_t>(lost.count, lost.last.size());
  std::string names;
  for (std::size_t place = 0; place < known; ++place) {
    const std::size_t which = (lost.count - known + place) % lost.last.size();
    if (place > 0) names += place + 1 == known ? " and " : ", ";
    names += name(lost.last[which]);
    error.node = lost.last[which];
  }
  error.message = once
                      ? "it may have run on " + names + ", which was lost, and it may run once only"
                      : "the item was on " + names + " when each was lost";
  ledger_.fail(rows, error);
}

void RemoteRows::drop(pool::Map& map) {
  const std::vector<std::shared_ptr<RemoteBlock>> all(blocks_.begin(), blocks_.end());
  for (const auto& block : all) {
    if (block->rows.map.get() != &map) continue;
    for (std::uint32_t row = 0; row < block->settled.size(); ++row) {
      if (block->settled[row]) continue;
      std::uint32_t end = row;
      while (end < block->settled.size() && !block->settled[end]) block->settled[end++] = true;
      block->left -= end - row;
      ledger_.drop(rows_of(block->rows, row, end - row));
      row = end - 1;
    }
    finish(block);
  }
  settle_unwanted();
}

void RemoteRows::settle_unwanted() {
  std::erase_if(suspects_,
                [this](const pool::Returned& rows) { return ledger_.settle_unwanted(rows); });
}

void RemoteRows::give_back_all(const std::function<std::string(std::uint32_t)>& name) {
  for (auto& sendings : out_) sendings.clear();
  const std::vector<std::shared_ptr<RemoteBlock>> all(blocks_.begin(), blocks_.end());
  for (const auto& block : all) {
    release(block, [&](pool::Returned&& rows) {
      if (ledger_.settle_unwanted(rows)) return;
      if (ledger_.runs_once(*rows.map)) return fail_lost(rows, name);
      ledger_.give_back(std::move(rows));
    });
  }
  (void)give_back_suspects();
}

bool RemoteRows::give_back_suspects() {
  const bool any = has_suspects();
  for (pool::Returned& rows : std::exchange(suspects_, {})) ledger_.give_back(std::move(rows));
  return any;
}

pool::Returned RemoteRows::take_suspect() {
  FORKMAP_CHECK(has_suspects());
  pool::Returned rows = std::move(suspects_.front());
  suspects_.pop_front();
  return rows;
}

// --- how much is where

std::uint64_t RemoteRows::rows_out(std::size_t node) const noexcept {
  std::uint64_t rows = 0;
  for (const auto& [number, sending] : out_[node]) rows += sending.left;
  return rows;
}

std::vector<std::shared_ptr<RemoteBlock>> RemoteRows::front_blocks() const {
  std::map<const pool::Map*, std::shared_ptr<RemoteBlock>> fronts;
  for (const auto& block : blocks_) {
    auto& front = fronts[block->rows.map.get()];
    if (!front || block->rows.first < front->rows.first) front = block;
  }
  std::vector<std::shared_ptr<RemoteBlock>> found;
  found.reserve(fronts.size());
  for (auto& [map, block] : fronts) found.push_back(std::move(block));
  return found;
}

std::vector<std::size_t> RemoteRows::holders(const RemoteBlock& block) const {
  std::vector<std::size_t> nodes;
  for (std::size_t node = 0; node < out_.size(); ++node) {
    const bool holds = std::ranges::any_of(
        out_[node], [&](const auto& entry) { return entry.second.block.get() == &block; });
    if (holds) nodes.push_back(node);
  }
  return nodes;
}

}  // namespace forkmap::node
