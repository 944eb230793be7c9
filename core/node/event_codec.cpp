// SPDX-License-Identifier: Apache-2.0
//
// An event is its place in NodeEvent::What, its worker, and the rest. A time travels as its age:
// how long it was ago when its message was sent.
#include <algorithm>
#include <forkmap/options.hpp>
#include <type_traits>
#include <utility>

#include "core/node/node_event.hpp"
#include "core/node/wire_parts.hpp"

namespace forkmap::node {

namespace {

using pool::EventTime;
using std::chrono::nanoseconds;

constexpr std::uint64_t kLeastEventBytes = 3;

class EventWriter {
 public:
  EventWriter(WireWriter& out, EventTime sent_at) : out_(out), sent_at_(sent_at) {}

  void put(const NodeEvent& event) {
    out_.put(static_cast<std::uint8_t>(event.what.index()));
    out_.put(event.text);
    std::visit([this](const auto& what) { put(what); }, event.what);
  }

 private:
  WireWriter& out_;
  EventTime sent_at_;

  void put(EventTime time) {
    const nanoseconds age = std::max(nanoseconds(0), nanoseconds(sent_at_ - time));
    out_.put_short(static_cast<std::uint64_t>(age.count()));
  }
  void put(const pool::WorkerName& worker) {
    out_.put(worker.number);
    out_.put(worker.pid);
  }
  void put(const pool::WorkerReady& event) {
    put(event.worker);
    out_.put_short(event.generation);
    put(event.at);
  }
  void put(const pool::TaskRan& event) {
    put(event.worker);
    out_.put_short(event.first_index);
    out_.put_short(event.index_stride);
    out_.put_short(event.items);
    out_.put_short(event.failed);
    put(event.begun);
    put(event.ended);
    out_.put(event.is_measured);
  }
  void put(const pool::ItemLost& event) {
    put(event.worker);
    out_.put_short(event.index);
    out_.put(event.attempt);
    out_.put(event.is_final);
    put(event.begun);
    put(event.ended);
  }
  void put(const pool::WorkerGone& event) {
    put(event.worker);
    out_.put(static_cast<std::uint8_t>(event.end));
    out_.put(event.items);
    put_usage(out_, {event.user_time, event.system_time, event.max_resident_bytes});
    put(event.at);
  }
  void put(const pool::CrewStarted& event) {
    out_.put(static_cast<std::uint8_t>(event.reason));
    out_.put_short(event.generation);
    out_.put(event.zygote);
    put(event.begun);
    put(event.ended);
  }
  void put(const pool::ZygoteGone& event) {
    out_.put(event.pid);
    put(event.at);
  }
  void put(const ShortageNoted& event) { put(event.at); }
  void put(const PoolResized& event) {
    out_.put(event.workers);
    put(event.at);
  }
};

class EventReader {
 public:
  EventReader(WireReader& in, EventTime sent_at) : in_(in), sent_at_(sent_at) {}

  void get(NodeEvent& event) {
    std::uint8_t kind = 0;
    in_.get(kind);
    in_.get(event.text);
    if (!become(event.what, kind, std::make_index_sequence<kKinds>())) {
      return in_.fail("an unknown kind of event");
    }
    std::visit([this](auto& what) { get(what); }, event.what);
  }

 private:
  static constexpr std::size_t kKinds = std::variant_size_v<NodeEvent::What>;
  WireReader& in_;
  EventTime sent_at_;

  template <std::size_t... Kind>
  static bool become(NodeEvent::What& what, std::size_t kind, std::index_sequence<Kind...>) {
    return ((kind == Kind ? (what.emplace<Kind>(), true) : false) || ...);
  }

  void get(EventTime& time) {
    const std::uint64_t age = in_.get_short();
    const auto most = static_cast<std::uint64_t>(nanoseconds(sent_at_.time_since_epoch()).count());
    if (age > most) return in_.fail("a time before all times");
    time = sent_at_ - nanoseconds(age);
  }
  void get_span(EventTime& begun, EventTime& ended) {
    get(begun);
    get(ended);
    if (ended < begun) in_.fail("an end before its begin");
  }
  void get(pool::WorkerName& worker) {
    get_worker(in_, worker.number);
    in_.get(worker.pid);
  }
  void get_count(std::uint32_t& count) {
    const std::uint64_t value = in_.get_short();
    if (value > UINT32_MAX) return in_.fail("more items than a task has");
    count = static_cast<std::uint32_t>(value);
  }
  void get(pool::WorkerReady& event) {
    get(event.worker);
    event.generation = in_.get_short();
    get(event.at);
  }
  void get(pool::TaskRan& event) {
    get(event.worker);
    event.first_index = in_.get_short();
    event.index_stride = in_.get_short();
    get_count(event.items);
    get_count(event.failed);
    get_span(event.begun, event.ended);
    in_.get(event.is_measured);
    if (event.items == 0 || event.failed > event.items) in_.fail("items that no task has");
  }
  void get(pool::ItemLost& event) {
    get(event.worker);
    event.index = in_.get_short();
    in_.get(event.attempt);
    if (event.attempt < 1 || event.attempt > kMostRetries + 1) {
      in_.fail("an attempt that cannot be");
    }
    in_.get(event.is_final);
    get_span(event.begun, event.ended);
  }
  void get(pool::WorkerGone& event) {
    get(event.worker);
    in_.get_enum(event.end, pool::WorkerEnd::start_failed);
    in_.get(event.items);
    ProcessUsage usage;
    get_usage(in_, usage);
    event.user_time = usage.user_time;
    event.system_time = usage.system_time;
    event.max_resident_bytes = usage.max_resident_bytes;
    get(event.at);
  }
  void get(pool::CrewStarted& event) {
    in_.get_enum(event.reason, pool::CrewReason::zygote_gone);
    event.generation = in_.get_short();
    in_.get(event.zygote);
    get_span(event.begun, event.ended);
  }
  void get(pool::ZygoteGone& event) {
    in_.get(event.pid);
    get(event.at);
  }
  void get(ShortageNoted& event) { get(event.at); }
  void get(PoolResized& event) {
    in_.get(event.workers);
    if (event.workers < 0 || event.workers > kMostWorkers) in_.fail("workers that cannot be");
    get(event.at);
  }
};

}  // namespace

Message to_message(const NodeEvents& events) {
  Message message{.type = FrameType::events};
  WireWriter out(message.payload);
  put_time(out, nanoseconds(events.sent_at.time_since_epoch()));
  out.put(events.missing);
  out.put_short(events.events.size());
  EventWriter writer(out, events.sent_at);
  for (const NodeEvent& event : events.events) writer.put(event);
  return message;
}

std::string from_message(const Message& message, NodeEvents& to) {
  if (message.payload.size() > kMostEventBytes) return "more events at once than an agent sends";
  WireReader in(message.payload);
  std::uint64_t sent_at_ns = 0;
  get_clock(in, sent_at_ns);
  to.sent_at = EventTime(nanoseconds(sent_at_ns));
  in.get(to.missing);
  to.events.clear();
  EventReader reader(in, to.sent_at);
  for (std::uint64_t left = in.get_count(kLeastEventBytes); left > 0 && in.is_good(); --left) {
    reader.get(to.events.emplace_back());
  }
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node
