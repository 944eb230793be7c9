// SPDX-License-Identifier: Apache-2.0
//
// What happens in the pool of an agent, there and back.
#include "core/node/node_event.hpp"

#include "core/node/agent_events.hpp"
#include "tests/catch.hpp"
#include "tests/node/changed_messages.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

constexpr pool::EventTime kSent{1h};

node::NodeEvents one_of_each() {
  node::NodeEvents events{.sent_at = kSent, .missing = 2};
  events.events = {
      {pool::WorkerReady{{1, 4711}, 3, kSent - 9s}, {}},
      {pool::TaskRan{.worker = {1, 4711},
                     .first_index = 1000,
                     .index_stride = 3,
                     .items = 64,
                     .failed = 2,
                     .begun = kSent - 8s,
                     .ended = kSent - 7s,
                     .is_measured = false},
       "arith:square"},
      {pool::ItemLost{{2, 4712}, nullptr, 17, 2, true, kSent - 6s, kSent}, "arith:square"},
      {pool::WorkerGone{.worker = {2, 4712},
                        .end = pool::WorkerEnd::timed_out,
                        .how = {},
                        .items = 12,
                        .user_time = 5us,
                        .system_time = 6us,
                        .max_resident_bytes = 7,
                        .at = kSent - 1ns},
       "killed by SIGKILL"},
      {pool::CrewStarted{.reason = pool::CrewReason::stale,
                         .generation = 4,
                         .zygote = 99,
                         .failure = {},
                         .begun = kSent - 2s,
                         .ended = kSent - 1s},
       "a hook failed"},
      {pool::ZygoteGone{.pid = 99, .how = {}, .at = kSent - 3s}, "killed"},
      {node::ShortageNoted{kSent - 4s}, "no memory"},
      {node::PoolResized{8, kSent - 5s}, {}}};
  return events;
}

template <class What>
const What& nth(const node::NodeEvents& events, std::size_t place) {
  REQUIRE(events.events.size() > place);
  REQUIRE(std::holds_alternative<What>(events.events[place].what));
  return std::get<What>(events.events[place].what);
}

std::string fault_of(node::NodeEvent event) {
  node::NodeEvents events{.sent_at = kSent};
  events.events.push_back(std::move(event));
  node::NodeEvents to;
  return from_message(to_message(events), to);
}

}  // namespace

TEST_CASE("events come back as they were") {
  node::NodeEvents to;
  REQUIRE(from_message(to_message(one_of_each()), to).empty());
  CHECK(to.sent_at == kSent);
  CHECK(to.missing == 2);
  REQUIRE(to.events.size() == 8);
  const auto& ready = nth<pool::WorkerReady>(to, 0);
  CHECK(ready.worker.number == 1);
  CHECK(ready.worker.pid == 4711);
  CHECK(ready.generation == 3);
  CHECK(ready.at == kSent - 9s);
  const auto& ran = nth<pool::TaskRan>(to, 1);
  CHECK(to.events[1].text == "arith:square");
  CHECK(ran.first_index == 1000);
  CHECK(ran.index_stride == 3);
  CHECK(ran.items == 64);
  CHECK(ran.failed == 2);
  CHECK(ran.begun == kSent - 8s);
  CHECK(ran.ended == kSent - 7s);
  CHECK_FALSE(ran.is_measured);
  const auto& lost = nth<pool::ItemLost>(to, 2);
  CHECK(lost.worker.pid == 4712);
  CHECK(lost.index == 17);
  CHECK(lost.attempt == 2);
  CHECK(lost.is_final);
  CHECK(lost.ended == kSent);
  const auto& gone = nth<pool::WorkerGone>(to, 3);
  CHECK(gone.end == pool::WorkerEnd::timed_out);
  CHECK(gone.items == 12);
  CHECK(gone.user_time == 5us);
  CHECK(gone.system_time == 6us);
  CHECK(gone.max_resident_bytes == 7);
  CHECK(gone.at == kSent - 1ns);
  CHECK(to.events[3].text == "killed by SIGKILL");
  const auto& crew = nth<pool::CrewStarted>(to, 4);
  CHECK(crew.reason == pool::CrewReason::stale);
  CHECK(crew.generation == 4);
  CHECK(crew.zygote == 99);
  CHECK(crew.begun == kSent - 2s);
  CHECK(nth<pool::ZygoteGone>(to, 5).pid == 99);
  CHECK(nth<node::ShortageNoted>(to, 6).at == kSent - 4s);
  CHECK(nth<node::PoolResized>(to, 7).workers == 8);
  check_cuts<node::NodeEvents>(to_message(one_of_each()));
  check_noise<node::NodeEvents>(to_message(one_of_each()));
}

TEST_CASE("events that cannot be are refused") {
  pool::TaskRan ran{.worker = {0, 1}, .items = 1, .begun = kSent - 1s, .ended = kSent};
  CHECK(fault_of({ran, "f"}).empty());
  ran.failed = 2;
  CHECK(fault_of({ran, "f"}) == "items that no task has");
  ran.failed = 0;
  ran.begun = kSent;
  ran.ended = kSent - 1s;
  CHECK(fault_of({ran, "f"}) == "an end before its begin");
  ran.begun = pool::EventTime(-1s);
  CHECK(fault_of({ran, "f"}) == "a time before all times");
  CHECK(fault_of({pool::WorkerReady{{-1, 1}, 1, kSent}, {}}) == "a worker that cannot be");
  CHECK(fault_of({pool::ItemLost{{0, 1}, nullptr, 1, 0, true, kSent, kSent}, "f"}) ==
        "an attempt that cannot be");
  CHECK(fault_of({node::PoolResized{4097, kSent}, {}}) == "workers that cannot be");
  CHECK(fault_of({node::ShortageNoted{kSent}, std::string(node::kMostEventBytes, 'x')}) ==
        "more events at once than an agent sends");
  // What lies in the future of its message was at its end.
  node::NodeEvents to;
  node::NodeEvents late{.sent_at = kSent, .events = {{node::ShortageNoted{kSent + 1s}, {}}}};
  REQUIRE(from_message(to_message(late), to).empty());
  CHECK(nth<node::ShortageNoted>(to, 0).at == kSent);
}

TEST_CASE("an agent keeps its events until it knows who wants them, and no more than a bound") {
  node::AgentEvents events;
  std::vector<node::NodeEvents> sent;
  const auto send = [&](node::Message&& message) {
    REQUIRE(from_message(message, sent.emplace_back()).empty());
  };
  plugin::FunctionEntry square;
  square.full_name = "arith:square";
  pool::TaskRan ran;
  ran.function = &square;
  ran.items = 1;
  events.note(pool::WorkerReady{{1, 4711}, 3, kSent});
  CHECK_FALSE(events.due());
  events.send(kSent, send);
  CHECK(sent.empty());
  SECTION("nobody does") {
    events.want(false);
    events.note(ran);
    CHECK_FALSE(events.due());
  }
  SECTION("somebody does") {
    events.want(true);
    CHECK(events.due() <= kSent);
    events.send(kSent, send);
    REQUIRE(sent.size() == 1);
    CHECK(nth<pool::WorkerReady>(sent[0], 0).worker.pid == 4711);
    CHECK_FALSE(events.due());
    events.note(ran);
    CHECK(events.due() == kSent + 20ms);  // 50 messages a second
    for (std::size_t count = 0; count < node::AgentEvents::kMostEvents + 4; ++count) {
      events.note(ran);
    }
    CHECK(events.due() <= kSent);
    sent.clear();
    events.send(kSent, send);
    std::size_t told = 0;
    std::uint64_t missing = 0;
    for (const node::NodeEvents& message : sent) {
      told += message.events.size();
      missing += message.missing;
      CHECK(message.events.front().text == "arith:square");
    }
    CHECK(told == node::AgentEvents::kMostEvents);
    CHECK(missing == 5);
  }
}

}  // namespace forkmap::testing
