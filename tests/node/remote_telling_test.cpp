// SPDX-License-Identifier: Apache-2.0
//
// What nodes tell of their workers, beside outcomes.
#include "core/node/remote_telling.hpp"

#include "tests/catch.hpp"
#include "tests/node/made_up_nodes.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

node::Crash a_crash(std::uint64_t block, std::uint32_t row) {
  node::Crash crash{.block = block, .row = row};
  crash.report.worker = 1;
  crash.report.pid = 4711;
  crash.report.how = "killed by SIGSEGV (segmentation fault)";
  crash.report.signal = 11;
  crash.report.attempts = 2;
  return crash;
}

pool::TaskRan a_task(pid_t pid, pool::EventTime begun, pool::EventTime ended) {
  return {.worker = {0, pid}, .first_index = 3, .items = 4, .begun = begun, .ended = ended};
}

// A beat that answers a ping of `asked_at` at once.
node::Beat answer_to(pool::EventTime asked_at, pool::EventTime there) {
  node::Beat beat;
  beat.echo = static_cast<std::uint64_t>(asked_at.time_since_epoch().count());
  beat.time_ns = static_cast<std::uint64_t>(there.time_since_epoch().count());
  return beat;
}

}  // namespace

TEST_CASE("a crash on a node is told with the item's place in the map here") {
  std::vector<CrashReport> crashes;
  node::RemoteRules rules;
  rules.crashed = [&](const CrashReport& report) { crashes.push_back(report); };
  MadeUpNodes made(1, rules);
  made.open({"before"});
  made.run_to_end();
  const ReadMap& read = made.open(MadeUpNodes::numbers(500), {}, 3);
  made.step();
  // Its two blocks follow that of the map before.
  made.agents[0]->send(to_message(a_crash(3, 5)));
  made.step();
  REQUIRE(crashes.size() == 1);
  CHECK(crashes[0].position == node::kFirstBlockRows + 5);
  CHECK(crashes[0].index == 3 * (node::kFirstBlockRows + 5));
  CHECK(crashes[0].map == read.map->number);
  CHECK(crashes[0].function == "cry");
  CHECK(crashes[0].node == 1);
  CHECK(crashes[0].worker == 1);
  CHECK(crashes[0].pid == 4711);
  CHECK(crashes[0].how == "killed by SIGSEGV (segmentation fault)");
  CHECK(crashes[0].attempts == 2);
  CHECK(crashes[0].is_final);
  made.run_to_end();
  made.check(read);
}

TEST_CASE("the crash of an item whose outcome another node has sent is not its end") {
  std::vector<CrashReport> crashes;
  node::RemoteRules rules;
  rules.crashed = [&](const CrashReport& report) { crashes.push_back(report); };
  MadeUpNodes made(2, rules);
  const ReadMap& read = made.open(MadeUpNodes::numbers(128));
  made.step();
  const auto front = made.site->rows().front_blocks().front();
  const std::size_t silent = made.site->rows().holders(*front).front();
  made.agents[silent]->stop(true);
  for (int round = 0; round < 8; ++round) {
    made.wait(500ms);
    made.agents[1 - silent]->beat();
  }
  REQUIRE(made.site->rows().counts().copied_blocks == 1);
  while (made.agents[1 - silent]->run(50) > 0) made.step();
  made.agents[silent]->stop(false);
  made.agents[silent]->send(to_message(a_crash(1, 7)));
  made.step();
  REQUIRE(crashes.size() == 1);
  CHECK(crashes[0].position == 7);
  CHECK_FALSE(crashes[0].is_final);
  made.run_to_end();
  made.check(read);
}

TEST_CASE("a crash of a row that a node has not got, or has answered, is a lie") {
  for (const bool was_answered : {false, true}) {
    CAPTURE(was_answered);
    MadeUpNodes made(2);
    const ReadMap& read = made.open(MadeUpNodes::numbers(500));
    made.step();
    const auto front = made.site->rows().front_blocks().front();
    const std::size_t place = made.site->rows().holders(*front).front();
    if (was_answered) {
      made.agents[place]->run(1);
      made.step();
    }
    made.agents[place]->send(to_message(was_answered ? a_crash(1, 0) : a_crash(1, 64)));
    made.step();
    CHECK(made.site->node(place).why_ended == "it has sent a crash of a row that it has not got");
    made.run_to_end();
    made.check(read);
  }
}

TEST_CASE("events of a node's pool are told here, with the node, in the time of this clock") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(10));
  made.step();
  const pool::EventTime there{5s};
  made.now += 1s;
  made.agents[1]->send(to_message(answer_to(made.now - 20ms, there)));
  node::NodeEvents events{.sent_at = there, .missing = 7};
  events.events = {
      {pool::WorkerReady{{1, 4711}, 3, there - 2s}, {}},
      {a_task(4711, there - 1s, there), "cry"},
      {pool::ItemLost{{1, 4711}, nullptr, 17, 2, true, there, there}, "cry"},
      {pool::WorkerGone{.worker = {1, 4711}, .how = {}, .at = there}, "killed by SIGKILL"},
      {pool::CrewStarted{.zygote = 99, .failure = {}, .begun = there, .ended = there}, ""},
      {pool::ZygoteGone{.pid = 99, .how = {}, .at = there}, "killed"},
      {node::ShortageNoted{there}, "no memory"},
      {node::PoolResized{8, there}, {}}};
  made.agents[1]->send(to_message(events));
  made.step();
  const pool::EventTime here = made.now - 10ms;  // half of the way there and back
  REQUIRE(made.log.ready.size() == 1);
  CHECK(made.log.ready[0].worker.node == 2);
  CHECK(made.log.ready[0].worker.number == 1);
  CHECK(made.log.ready[0].at == here - 2s);
  REQUIRE(made.log.ran.size() == 1);
  CHECK(made.log.ran[0].function == &read.map->function());
  CHECK(made.log.ran[0].worker.node == 2);
  CHECK(made.log.ran[0].first_index == 3);
  CHECK(made.log.ran[0].items == 4);
  CHECK(made.log.ran[0].begun == here - 1s);
  CHECK(made.log.ran[0].ended == here);
  REQUIRE(made.log.lost.size() == 1);
  CHECK(made.log.lost[0].function == &read.map->function());
  CHECK(made.log.lost[0].index == 17);
  CHECK(made.log.hows == std::vector<std::string>{"killed by SIGKILL"});
  REQUIRE(made.log.crews.size() == 1);
  CHECK(made.log.crews[0].begun == here);
  CHECK(made.log.crews[0].node == 2);
  CHECK(made.log.zygotes == std::vector<pid_t>{99});
  CHECK(made.log.shortages == 1);
  CHECK(made.log.sizes == std::vector<int>{8});
  CHECK(made.notices == std::vector<std::string>{
                            "node n2: 7 events of its pool are missing here: there were too many "
                            "at once"});
  made.run_to_end();
}

TEST_CASE("tasks of a process stay in order when more is known of its clock") {
  MadeUpNodes made(1);
  made.open(MadeUpNodes::numbers(10));
  made.step();
  // A slow message makes that clock seem earlier than it is.
  pool::EventTime there{5s};
  const pool::EventTime here = made.now;
  made.now += 1s;
  node::NodeEvents events{.sent_at = there};
  events.events = {{a_task(4711, there - 1s, there), "cry"}, {a_task(1, there - 1s, there), "cry"}};
  made.agents[0]->send(to_message(events));
  made.step();
  made.agents[0]->send(to_message(answer_to(made.now, there + 1s)));
  made.step();
  events = {.sent_at = there + 1s};
  events.events = {{a_task(4711, there, there + 500ms), "cry"}};
  made.agents[0]->send(to_message(events));
  made.step();
  REQUIRE(made.log.ran.size() == 3);
  CHECK(made.log.ran[0].ended == here + 1s);
  CHECK(made.log.ran[2].begun == here + 1s);  // not here, where it was by what is known now
  CHECK(made.log.ran[2].ended == here + 1s);
  made.run_to_end();
}

TEST_CASE("an event of a function that is not here is a lie, and nothing of its message is told") {
  MadeUpNodes made(1);
  node::NodeEvents events{.sent_at = pool::EventTime(5s)};
  events.events = {{node::PoolResized{8, events.sent_at}, {}},
                   {a_task(1, events.sent_at, events.sent_at), "laugh"}};
  made.agents[0]->send(to_message(events));
  made.step();
  CHECK(made.site->node(0).why_ended == "it has sent an event of a function that is not here");
  CHECK(made.log.sizes.empty());
}

TEST_CASE("beats tell of workers and machines, and nodes are shown as they are") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  CHECK(made.site->workers().empty());
  CHECK_FALSE(made.site->nodes(made.now)[0].last_beat);
  node::Beat beat{.items_done = 5, .workers_up = 2, .queued_rows = 30};
  beat.load = 0.5;
  beat.free_memory_bytes = 4096;
  beat.workers.emplace();
  beat.workers->push_back({.number = 0, .pid = 4711, .state = WorkerState::running});
  beat.workers->push_back({.number = 1, .pid = 4712, .state = WorkerState::idle});
  made.agents[1]->send(to_message(beat));
  made.step();
  for (int second = 0; second < 4; ++second) {
    REQUIRE(made.agents[1]->run(100) == 100);
    made.wait(1s);
    beat.workers.reset();
    made.agents[1]->send(to_message(beat));
    made.agents[0]->beat();
    made.step();
  }
  made.now += 300ms;
  const std::vector<WorkerInfo> workers = made.site->workers();
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].node == 2);
  CHECK(workers[0].pid == 4711);
  CHECK(workers[0].state == WorkerState::running);
  CHECK(workers[1].pid == 4712);
  const std::vector<node::NodeInfo> nodes = made.site->nodes(made.now);
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[1].number == 2);
  CHECK(nodes[1].name == "n2");
  CHECK(nodes[1].state == node::NodeState::up);
  CHECK(nodes[1].workers == 2);
  CHECK(nodes[1].workers_up == 2);
  CHECK(nodes[1].items == 400);
  CHECK(nodes[1].items_per_second > 50);
  CHECK(nodes[1].items_per_second < 150);
  CHECK(nodes[1].rows_out == made.agents[1]->rows());
  CHECK(nodes[1].queued_rows == 30);
  CHECK(nodes[1].load == 0.5);
  CHECK(nodes[1].free_memory_bytes == 4096);
  CHECK(nodes[1].last_beat == 300ms);
  CHECK(nodes[0].items_per_second == 0);
  made.agents[1]->die();
  made.step();
  CHECK(made.site->workers().empty());
  CHECK(made.site->nodes(made.now)[1].state == node::NodeState::lost);
  CHECK(made.site->nodes(made.now)[1].why_ended == "its connection was closed");
  made.run_to_end();
  made.check(read);
}

}  // namespace forkmap::testing
