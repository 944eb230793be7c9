// SPDX-License-Identifier: Apache-2.0
#include "core/node/agent.hpp"

#include <poll.h>

#include <algorithm>
#include <forkmap/error.hpp>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/node/offers.hpp"
#include "core/node/part_of_batch.hpp"
#include "core/types/signature.hpp"

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

// Parts are sent when a block is complete, when so many bytes are there, or after so long.
constexpr std::uint64_t kPartBytes = std::uint64_t{256} << 10U;
constexpr auto kPartTime = 20ms;
// With so much on its way results are left to the engine, which stops feeding then.
constexpr std::uint64_t kMostUnsentBytes = std::uint64_t{8} << 20U;
constexpr auto kLongestStep = 1s;
// What a last message may take to leave.
constexpr auto kLastWords = 2s;

}  // namespace

Agent::Agent(const plugin::RegistryTable& table, PoolOptions options, const Connect& connect,
             std::string host)
    : table_(table),
      engine_(table, taken_over(std::move(options)), &events_),
      coordinator_(connect()),
      connection_(std::move(coordinator_.socket), epoll_.get()) {
  const auto workers = static_cast<int>(engine_.workers().size());
  Hello hello = hello_of(table, engine_.options(), std::move(host), workers);
  hello.facts = std::move(coordinator_.facts);
  send(to_message(hello));
  connection_.flush();
}

std::string Agent::run() {
  while (!is_over_) step(kLongestStep);
  return why_over_;
}

void Agent::send(Message&& message) {
  message.epoch = epoch_;
  message.peer = peer_;
  connection_.send(message);
}

void Agent::step(std::chrono::nanoseconds limit) {
  if (is_over_) return;
  take_messages();
  if (is_over_) return;
  try {
    wait(std::min(limit, until_due(Clock::now())));
    // A2: before anything is read.
    if (!engine_.broken_why().empty()) throw PoolBroken(engine_.broken_why());
    take_messages();
    if (is_over_) return;
    const auto now = Clock::now();
    tell(now);
    read_outcomes(now);
    send_parts(now);
    send_beat(now);
    note_silence(now);
  } catch (const Error& error) {
    return leave(error.what());
  }
  connection_.flush();
}

// Without a step of the engine while too much of what workers print waits.
void Agent::wait(std::chrono::nanoseconds limit) {
  if (!rests()) {
    engine_.wait_step(limit, epoll_.get());
    return;
  }
  pollfd fd{epoll_.get(), POLLIN, 0};
  ::poll(&fd, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
}

void Agent::take_messages() {
  connection_.receive();
  while (auto message = connection_.next()) {
    take(std::move(*message));
    if (is_over_) return;
  }
  if (!connection_.fault().empty()) return end("the coordinator has sent " + connection_.fault());
  if (connection_.is_over()) end("the coordinator is gone: " + connection_.why_over());
}

void Agent::take(Message&& message) {
  last_heard_ = Clock::now();
  Fault fault;
  const auto understood = [&fault, &message](auto& to) {
    fault = from_message(std::move(message), to);
    return fault.empty();
  };
  switch (message.type) {
    case FrameType::welcome: {
      epoch_ = message.epoch;
      peer_ = message.peer;
      if (Welcome to; understood(to)) {
        welcome_ = to;
        events_.want(to.wants_events);
      }
      break;
    }
    case FrameType::refused:
      if (Refused to; understood(to))
        return end("the coordinator has refused this node: " + to.why);
      break;
    case FrameType::open:
      if (OpenMap to; understood(to)) open(to);
      break;
    case FrameType::block:
      if (Block to; understood(to)) add(std::move(to));
      break;
    case FrameType::ping:
      if (Ping to; understood(to)) ping_ = {to.time_ns, last_heard_};
      break;
    case FrameType::recall:
      if (RecallBlock to; understood(to)) recall(to.block);
      break;
    case FrameType::cancel:
      if (CancelMap to; understood(to)) cancel(to);
      break;
    case FrameType::close:
      if (CloseMap to; understood(to)) {
        if (const auto found = maps_.find(to.map); found != maps_.end()) {
          found->second.queue->close();
        }
      }
      break;
    case FrameType::pause:
      is_paused_ = true;
      engine_.pause();
      break;
    case FrameType::resume:
      is_paused_ = false;
      engine_.resume();
      break;
    case FrameType::shutdown:
      return leave({});
    default:
      fault = "a message that only agents send";
  }
  if (!fault.empty()) leave("the coordinator has sent " + fault);
}

void Agent::open(const OpenMap& open) {
  const auto found =
      std::ranges::find(table_.functions(), open.function, &plugin::FunctionEntry::full_name);
  if (found == table_.functions().end() || types::to_text(found->signature) != open.signature) {
    return leave("function " + open.function + " " + open.signature + " is missing there");
  }
  if (maps_.contains(open.map)) return leave("a map was opened twice");
  pool::MapRequest request;
  request.function = &*found;
  auto queue = std::make_shared<BlockQueue>(open.index_stride);
  request.source = std::make_unique<BlockSource>(queue);
  request.options.chunk = open.chunk;
  request.options.retries = open.retries;
  request.options.timeout = open.timeout;
  request.options.timeout_percent = open.timeout_percent;
  request.options.once = open.once;
  request.text = open.text;
  request.text_results = open.wants_columns ? pool::TextResults::columns : pool::TextResults::lines;
  request.timed = true;
  request.ordered = false;
  request.index_stride = open.index_stride;
  try {
    maps_[open.map] = {queue, engine_.open(std::move(request)), open.text, open.wants_columns,
                       &*found};
  } catch (const Error& error) {
    maps_.erase(open.map);
    leave(error.what());
  }
}

void Agent::add(Block&& block) {
  const auto found = maps_.find(block.map);
  if (found == maps_.end() || found->second.queue->is_closed()) {
    return leave("a block of a map that is not open");
  }
  if (map_of_block_.contains(block.number)) return leave("a block that was sent twice");
  map_of_block_[block.number] = block.map;
  found->second.queue->add(std::move(block));
}

void Agent::recall(std::uint64_t block) {
  // Its last outcomes may have crossed the recall.
  const auto map = map_of_block_.find(block);
  if (map != map_of_block_.end()) give_back(maps_.at(map->second), block);
}

void Agent::give_back(OpenedMap& opened, std::uint64_t block) {
  const ReturnedRows returned = opened.queue->take_back(block);
  if (returned.count == 0) return;
  if (!opened.queue->holds(block)) map_of_block_.erase(block);
  send(to_message(returned));
}

void Agent::cancel(const CancelMap& cancel) {
  const auto found = maps_.find(cancel.map);
  if (found == maps_.end()) return;
  for (const std::uint64_t block : found->second.queue->blocks_with_rows()) {
    give_back(found->second, block);
  }
  found->second.queue->close();
  pool::Engine::cancel_and_settle(*found->second.map, cancel.grace);
}

void Agent::read_outcomes(Clock::time_point now) {
  for (auto opened = maps_.begin(); opened != maps_.end();) {
    pool::Map& map = *opened->second.map;
    pool::Next next = pool::Next::nothing;
    ResultBatch batch;
    while (connection_.unsent_bytes() < kMostUnsentBytes &&
           (next = pool::Engine::next(map, batch, pool::Wait::no)) == pool::Next::batch) {
      if (unsent_.parts.parts.empty()) unsent_.since = now;
      add_outcomes(opened->second, batch);
      pool::Engine::recycle(map, std::move(batch));
      batch = {};
      if (unsent_.result_bytes >= kPartBytes) send_parts(now);
    }
    if (next != pool::Next::end) {
      ++opened;
      continue;
    }
    FORKMAP_CHECK(opened->second.queue->rows() == 0);  // A1
    opened = maps_.erase(opened);
  }
}

void Agent::add_outcomes(OpenedMap& opened, const ResultBatch& batch) {
  PartOfBatch parts(batch, opened.function->signature, opened.rules, opened.wants_columns);
  for (std::uint32_t item = 0; item < batch.count;) {
    const std::uint64_t position = batch.first + item;
    const RowRun rows = opened.queue->rows_at(position, batch.count - item);
    BlockPart part = parts.next(rows.count);
    part.block = rows.block;
    part.row = rows.row;
    unsent_.result_bytes += part.text.size() + part.columns.size() + sizeof(BlockPart);
    unsent_.parts.parts.push_back(std::move(part));
    if (opened.queue->note_done(position, rows)) {
      map_of_block_.erase(rows.block);
      unsent_.is_block_complete = true;
    }
    item += rows.count;
  }
  items_done_ += batch.count;
}

void Agent::send_parts(Clock::time_point now) {
  if (unsent_.parts.parts.empty()) return;
  const bool is_due = unsent_.is_block_complete || unsent_.result_bytes >= kPartBytes ||
                      now - unsent_.since >= kPartTime;
  if (!is_due) return;
  send(to_message(std::exchange(unsent_, {}).parts));
}

void Agent::note_silence(Clock::time_point now) {
  if (is_paused_) last_heard_ = now;
  const auto limit = welcome_ ? welcome_->silence_limit : Welcome{}.silence_limit;
  if (now - last_heard_ > limit) end("the coordinator has been silent for too long");
}

std::chrono::nanoseconds Agent::until_due(Clock::time_point now) const {
  auto due = last_heard_ + (welcome_ ? welcome_->silence_limit : Welcome{}.silence_limit);
  if (welcome_) due = std::min(due, next_beat_);
  due = std::min(due, events_.due().value_or(due));
  if (!unsent_.parts.parts.empty()) due = std::min(due, unsent_.since + kPartTime);
  return std::max<std::chrono::nanoseconds>(due - now, 0ns);
}

void Agent::leave(const std::string& why) {
  if (is_over_) return;
  std::string said = why;
  try {
    tell(Clock::now());
    if (why.empty()) finish();
  } catch (const Error& error) {
    said = error.what();
  }
  send(to_message(Bye{said, items_done_}));
  connection_.flush();
  const auto patience = Clock::now() + kLastWords;
  while (connection_.unsent_bytes() > 0 && Clock::now() < patience) {
    pollfd fd{epoll_.get(), POLLIN, 0};
    ::poll(&fd, 1, 100);
    connection_.receive();  // else what comes would keep the epoll readable
    connection_.flush();
  }
  end(said);
}

// What is done counts, where the pool is whole.
void Agent::finish() {
  read_outcomes(Clock::now());
  if (!unsent_.parts.parts.empty()) send(to_message(std::exchange(unsent_, {}).parts));
  connection_.flush();
  engine_.shutdown(Pending::cancel);
  tell(Clock::now());
  events_.send(Clock::now(), [this](Message&& message) { send(std::move(message)); });
}

void Agent::end(const std::string& why) {
  if (is_over_) return;
  is_over_ = true;
  why_over_ = why;
  connection_.close(why);
  if (!why.empty()) engine_.kill();
}

}  // namespace forkmap::node
