// SPDX-License-Identifier: Apache-2.0
//
// Rows from the ledger to nodes.
#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/check.hpp"
#include "core/node/loss_policy.hpp"
#include "core/node/remote_site.hpp"

namespace forkmap::node {

namespace {

// Of one item; what is larger fits no worker's window either.
constexpr std::uint64_t kMostItemBytes = std::uint64_t{256} << 20U;
constexpr std::uint64_t kLeastBlockBytes = std::uint64_t{4} << 10U;
// What a node does not take from its socket; more is not sent.
constexpr std::uint64_t kMostUnsentRowBytes = std::uint64_t{8} << 20U;
constexpr double kNewSizeWeight = 0.3;

}  // namespace

// Rows of lines go out. A map of others waits for another site.
bool RemoteSite::note_served(const pool::Map& map) noexcept {
  if (map.request().text) return true;
  unserved_ = &map.function();
  return false;
}

bool RemoteSite::may_take(const RemoteNode& node) const noexcept {
  return node.is_up() && !node.is_alone && !node.was_asked_to_leave &&
         node.connection().unsent_bytes() < kMostUnsentRowBytes;
}

// What is known of a map, if it is not open at the node: what other sites have measured.
OpenedMap RemoteSite::opened_as(const RemoteNode& node, const pool::Map& map) {
  const auto found = node.maps.find(map.number);
  if (found != node.maps.end()) return found->second;
  return {.map = map.kept_open, .row_ns = map.cost.time_ns / std::max(1U, node.workers)};
}

std::uint64_t RemoteSite::credit(const RemoteNode& node, const pool::Map& map) const {
  const std::size_t place = place_of(node);
  const OpenedMap opened = opened_as(node, map);
  return next_block_rows({.row_ns = opened.row_ns,
                          .last_rows = opened.last_rows,
                          .workers = node.workers,
                          .nodes = nodes_up(),
                          .blocks_out = rows_.blocks_out(place),
                          .rows_out = rows_.rows_out(place),
                          .remaining = map.remaining(),
                          .once = ledger_.runs_once(map)});
}

bool RemoteSite::feed(Clock::time_point now) {
  ledger_.maps().forget_pauses();
  bool did = false;
  const std::size_t first = first_node_++ % nodes_.size();
  for (std::size_t turn = 0; turn < nodes_.size(); ++turn) {
    RemoteNode& node = *nodes_[(first + turn) % nodes_.size()];
    // User code that is asked for rows may end this site.
    while (state_ == State::coming_up && !has_failed() && may_take(node) && give(node, now)) {
      did = true;
    }
  }
  return did;
}

bool RemoteSite::give(RemoteNode& node, Clock::time_point now) {
  if (rows_.has_suspects()) {
    if (rows_.blocks_out(place_of(node)) == 0) return give_suspect(node, now);
    // One node runs dry for them, so that their turn comes.
    if (&node == next_for_suspects()) return false;
  }
  return give_returned(node, now) || give_next(node, now);
}

// None while such rows run already.
const RemoteNode* RemoteSite::next_for_suspects() const noexcept {
  const RemoteNode* best = nullptr;
  for (const auto& node : nodes_) {
    if (node->is_alone) return nullptr;
    if (!may_take(*node)) continue;
    if (best == nullptr || rows_.rows_out(place_of(*node)) < rows_.rows_out(place_of(*best))) {
      best = node.get();
    }
  }
  return best;
}

bool RemoteSite::give_suspect(RemoteNode& node, Clock::time_point now) {
  node.is_alone = true;
  send(node, rows_.take_suspect(), now);
  return true;
}

bool RemoteSite::give_returned(RemoteNode& node, Clock::time_point now) {
  if (rows_came_back_ || !ledger_.has_returned()) return false;
  pool::Returned rows = ledger_.take_returned();
  const std::uint64_t credit = note_served(*rows.map) ? this->credit(node, *rows.map) : 0;
  if (credit == 0) {
    ledger_.give_back(std::move(rows));  // behind the others
    return false;
  }
  if (rows.lost.count >= kLossesToHalve) {
    rows_.add_suspect(std::move(rows));
    return true;
  }
  // What is given back was as much as some node, or worker, had; so `remaining` says nothing of it.
  std::uint64_t most =
      std::max(credit, std::min(opened_as(node, *rows.map).last_rows, kFirstBlockRows));
  if (ledger_.runs_once(*rows.map)) most = credit;
  if (rows.one_by_one) most = 1;
  if (rows.count > most) {
    pool::Returned rest = rows;
    const auto count = static_cast<std::uint32_t>(most);
    rest.first += count;
    rest.index = pool::index_of(rows, count);
    rest.row += count;
    rest.count -= count;
    rest.accounted_bytes = 0;
    rows.count = count;
    ledger_.give_back(std::move(rest));
  }
  send(node, std::move(rows), now);
  return true;
}

bool RemoteSite::give_next(RemoteNode& node, Clock::time_point now) {
  using pool::OpenMaps;
  for (std::size_t turn = 0; turn < OpenMaps::kRows.size(); ++turn) {
    const pool::MapPlace row = OpenMaps::kRows[next_row_];
    next_row_ = (next_row_ + 1) % OpenMaps::kRows.size();
    for (std::size_t left = ledger_.maps().in_turn(row); left > 0; --left) {
      const std::shared_ptr<pool::Map> map = ledger_.maps().take_turn(row);
      if (!map) break;
      if (map->filling || !note_served(*map)) continue;
      if (!ledger_.may_feed(*map)) {
        ledger_.maps().hold(*map);
        continue;
      }
      const std::uint64_t rows = credit(node, *map);
      if (rows == 0) {
        ledger_.maps().return_turn(*map);
        break;
      }
      const bool was_given = give_from(map, node, rows, now);
      ledger_.maps().note_given(*map);
      if (was_given) return true;
    }
  }
  return false;
}

bool RemoteSite::give_from(const std::shared_ptr<pool::Map>& map, RemoteNode& node,
                           std::uint64_t rows, Clock::time_point now) {
  const types::ColumnLayout layout = map->input_layout(rows);
  // Half as much again as such rows took so far; a block that is full is a shorter one.
  const double guess = 1.5 * row_bytes_ * static_cast<double>(rows);
  std::uint64_t bytes = static_cast<std::uint64_t>(
      std::clamp(guess, static_cast<double>(kLeastBlockBytes), static_cast<double>(kBlockBytes)));
  pool::Returned taken;
  taken.map = map;
  InputBlock block;
  ItemSource::Fill fill{};
  for (;;) {
    const std::shared_ptr<std::byte[]> memory(new std::byte[layout.bytes_offset_bytes + bytes]);
    forkmap_result_column column{};
    types::result_columns(layout, memory.get(), &column);
    block = {};
    block.columns = &column;
    block.column_count = 1;
    block.bytes = reinterpret_cast<unsigned char*>(memory.get() + layout.bytes_offset_bytes);
    block.bytes_capacity = bytes;
    block.bytes_aim = std::min(bytes, kBlockBytes);
    block.capacity_items = rows;
    fill = pool::Ledger::ask(*map, block, rows);
    taken.rows = memory;
    if (fill != ItemSource::Fill::full || block.count > 0) break;
    if (bytes >= kMostItemBytes || map->source_ended) break;
    bytes *= 2;
  }
  if (fill == ItemSource::Fill::full && block.count == 0) {
    const std::uint64_t size = map->source()->skip_too_large();
    ItemError error;
    error.kind = ErrorKind::payload_too_large;
    error.message = "the item has " + std::to_string(size) + " bytes, another machine takes " +
                    std::to_string(bytes);
    ledger_.refuse_next(*map, block.index, std::move(error));
    return true;
  }
  if (block.count > 0) {
    const auto used = static_cast<double>(block.bytes_used) / static_cast<double>(block.count);
    row_bytes_ += (row_bytes_ == 0 ? 1 : kNewSizeWeight) * (used - row_bytes_);
    taken.capacity = static_cast<std::uint32_t>(rows);
    taken.bytes = block.bytes_used;
    ledger_.take(taken, static_cast<std::uint32_t>(block.count),
                 block.bytes_used + layout.head_bytes * block.count / rows, block.index);
    if (!ledger_.settle_unwanted(taken)) {
      if (state_ == State::coming_up && !has_failed() && may_take(node)) {
        send(node, std::move(taken), now);
      } else {
        ledger_.give_back(std::move(taken));  // its source has ended this site
      }
    }
  }
  ledger_.note_answer(*map, block, fill);
  return block.count > 0 || fill == ItemSource::Fill::failed;
}

void RemoteSite::send(RemoteNode& node, pool::Returned&& rows, Clock::time_point now) {
  OpenedMap& opened = open(node, *rows.map);
  const std::size_t place = place_of(node);
  std::optional<std::chrono::nanoseconds> expected;
  if (opened.row_ns > 0) {
    const auto ahead = static_cast<double>(rows_.rows_out(place) + rows.count);
    expected = std::chrono::nanoseconds(static_cast<std::int64_t>(ahead * opened.row_ns));
  }
  opened.last_rows = rows.count;
  send_sending(node, rows_.send(place, std::move(rows), now, expected));
}

void RemoteSite::send_sending(RemoteNode& node, std::uint64_t number) {
  ++node.blocks;
  node.send(to_message(rows_.wire_block(place_of(node), number)));
}

OpenedMap& RemoteSite::open(RemoteNode& node, pool::Map& map) {
  const auto [place, is_new] = node.maps.emplace(map.number, opened_as(node, map));
  if (!is_new) return place->second;
  const pool::MapRequest& request = map.request();
  OpenMap open{.map = map.number,
               .function = map.function().full_name,
               .signature = types::to_text(map.function().signature),
               .text = *request.text,
               .wants_columns = request.text_results == pool::TextResults::columns,
               .index_stride = request.index_stride,
               .chunk = request.options.chunk,
               .retries = ledger_.retries_of(map),
               .once = ledger_.runs_once(map)};
  if (map.time_limit) {
    open.timeout = map.time_limit->wish().fixed;
    open.timeout_percent = map.time_limit->wish().percent;
  }
  node.send(to_message(open));
  return place->second;
}

void RemoteSite::flush() {
  for (const auto& node : nodes_) node->connection().flush();
}

}  // namespace forkmap::node
