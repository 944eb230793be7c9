// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are silent, lost, stopped for a while or lying.
#include "core/node/remote_site.hpp"

#include <cstring>
#include <utility>

#include "core/node/offers.hpp"
#include "tests/catch.hpp"
#include "tests/node/made_up_nodes.hpp"
#include "tests/node/text_results.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

using node::FrameType;
using node::NodeState;
using pool::Site;

namespace {

// The node that has the rows in front of a map.
std::size_t front_holder(const MadeUpNodes& made) {
  const auto fronts = made.site->rows().front_blocks();
  REQUIRE(fronts.size() == 1);
  return made.site->rows().holders(*fronts.front()).front();
}

}  // namespace

TEST_CASE("the rows of a node that dies run on the other, and finished ones are kept") {
  const bool is_asked = GENERATE(false, true);  // its end, or its silence
  CAPTURE(is_asked);
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  REQUIRE(made.agents[0]->run(10) == 10);
  made.step();
  REQUIRE(made.agents[0]->rows() > 0);
  if (is_asked) {
    made.agents[0]->die();
  } else {
    made.agents[0]->stop(true);
    for (int second = 0; second < 40; ++second) {
      made.wait(1s);
      made.agents[1]->beat();
    }
  }
  made.run_to_end();
  made.check(read);
  CHECK(made.site->node(0).state == NodeState::lost);
  CHECK(made.site->state() == Site::State::serving);
  CHECK(made.ledger.workers() == 2);
  CHECK(made.notices.size() == 1);
  CHECK(made.site->rows().counts().moved_rows + made.site->rows().counts().copied_blocks > 0);
  CHECK(made.site->node(0).moved_rows == made.site->rows().counts().moved_rows);
  CHECK(made.site->node(0).ended_at.time_since_epoch().count() > 0);
  CHECK(made.site->node(1).moved_rows == 0);
  CHECK(made.site->node(1).ended_at.time_since_epoch().count() == 0);
  // The ten that had come were not run again, unless their block was copied before.
  std::size_t twice = 0;
  for (const std::string& line : made.agents[0]->lines_run()) {
    twice += made.agents[1]->lines_run().count(line);
  }
  CHECK(twice == 0);
}

TEST_CASE("a node that was given up and comes back is not heard") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  made.agents[0]->stop(true);
  for (int second = 0; second < 40; ++second) {
    made.wait(1s);
    made.agents[1]->beat();
  }
  REQUIRE(made.site->node(0).state == NodeState::lost);
  made.agents[0]->stop(false);
  REQUIRE(made.agents[0]->run(20) == 20);  // it does not know yet
  made.run_to_end();
  made.check(read);
  CHECK(made.site->node(0).late_messages > 0);
  CHECK(made.site->node(0).items == 0);
  made.agents[0]->hear();
  CHECK(made.agents[0]->sees_end());
}

TEST_CASE("what is said in another epoch is dropped, and counted") {
  MadeUpNodes made(1);
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  made.step();
  made.agents[0]->epoch = 7;
  made.agents[0]->beat();
  made.step();
  CHECK(made.site->node(0).late_messages == 1);
  made.agents[0]->epoch = 1;
  made.run_to_end();
  made.check(read);
}

TEST_CASE("a silent node gets nothing new, and its front block goes to another as well") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(400));
  made.step();
  const std::size_t silent = front_holder(made);
  MadeUpAgent& other = *made.agents[1 - silent];
  made.agents[silent]->stop(true);
  for (int round = 0; round < 8; ++round) {
    made.wait(500ms);
    other.beat();
  }
  made.step();
  REQUIRE(made.site->node(silent).state == NodeState::suspect);
  CHECK(made.site->rows().counts().copied_blocks == 1);
  // Its other block is in front then, and follows.
  for (int round = 0; round < 10; ++round) {
    other.run(100);
    made.wait(100ms);
  }
  CHECK(made.site->rows().counts().copied_blocks == 2);
  CHECK(read.read > 128);  // what the silent one has is not waited for
  // It goes on: outcomes come twice, and the later ones are dropped.
  made.agents[silent]->stop(false);
  REQUIRE(made.agents[silent]->run(64) == 64);
  made.step();
  CHECK(made.site->node(silent).state == NodeState::up);
  CHECK(made.site->rows().counts().needless_rows == 64);
  made.run_to_end();
  made.check(read);
  CHECK(made.notices.empty());
}

TEST_CASE("the block in front is copied when it is late, and both may have done some of it") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(2000));
  made.step();
  // Times of both are known; then the one that has the front block becomes slow.
  for (int round = 0; round < 4; ++round) {
    for (const auto& agent : made.agents) agent->run(40);
    made.step();
  }
  for (int round = 0; round < 60; ++round) {
    made.agents[0]->beat();
    made.agents[1]->run(20);
    made.wait(100ms);
  }
  REQUIRE(made.site->rows().counts().copied_blocks > 0);
  for (int round = 0; round < 400 && !read.map->settled(); ++round) {
    made.agents[0]->run(3);
    made.agents[1]->run(5);
    made.wait(100ms);
  }
  made.run_to_end();
  made.check(read);
}

TEST_CASE("an item that takes nodes down is found, and costs no other item") {
  MadeUpNodes made(9);
  std::vector<std::string> lines = MadeUpNodes::numbers(64);
  lines[37] = "node!";
  const ReadMap& read = made.open(lines);
  made.run_to_end();
  made.check(read);
  const ItemError& error = read.errors.at(37);
  CHECK(error.kind == ErrorKind::node_lost);
  CHECK(error.message.starts_with("the item was on n"));
  CHECK(error.message.ends_with(" when each was lost"));
  CHECK(read.errors.size() == 1);
  CHECK(made.site->state() == Site::State::serving);
}

TEST_CASE("an item that may run once only fails with its node, and runs on no other") {
  MadeUpNodes made(2);
  MapOptions options;
  options.once = true;
  const ReadMap& read = made.open(MadeUpNodes::numbers(100), options);
  made.step();
  CHECK(made.agents[0]->rows() == 3);  // a row for each worker, and one more
  REQUIRE(made.agents[0]->run(1) == 1);
  made.agents[0]->die();
  made.run_to_end();
  REQUIRE(read.map->settled());
  CHECK(read.read == 100);
  REQUIRE(read.errors.size() >= 2);
  CHECK(read.errors.size() <= 3);
  for (const auto& [item, error] : read.errors) {
    CHECK(error.kind == ErrorKind::node_lost);
    CHECK(error.message == "it may have run on n1, which was lost, and it may run once only");
    CHECK(error.node == 1);
    CHECK(made.agents[1]->lines_run().count(std::to_string(item)) == 0);
  }
  for (const std::string& line : made.agents[1]->lines_run()) {
    CHECK(made.agents[1]->lines_run().count(line) == 1);
  }
}

TEST_CASE("without nodes the site fails, and what it held is for others") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(300));
  made.step();
  for (const auto& agent : made.agents) agent->die();
  made.step();
  REQUIRE(made.site->has_failed());
  CHECK(made.site->failure() ==
        "no node is left; n1: its connection was closed; n2: its connection was closed");
  made.site->end();
  CHECK_FALSE(made.site->holds_work());
  CHECK(made.ledger.has_returned());
  CHECK(made.ledger.workers() == 1);
  std::uint64_t rows = 0;
  while (made.ledger.has_returned()) {
    const pool::Returned returned = made.ledger.take_returned();
    rows += returned.count;
    made.ledger.drop(returned);
  }
  CHECK(rows == read.map->fed());
}

TEST_CASE("columns of which another node has sent some come once") {
  MadeUpNodes made(2);
  std::vector<std::string> lines = MadeUpNodes::numbers(128);
  lines[40] = "bad";
  const ReadMap& read = made.open(lines, {}, 1, pool::TextResults::columns);
  made.step();
  const std::size_t silent = front_holder(made);
  REQUIRE(made.agents[silent]->run(20) == 20);
  made.step();
  made.agents[silent]->stop(true);
  for (int round = 0; round < 8; ++round) {
    made.wait(500ms);
    made.agents[1 - silent]->beat();
  }
  REQUIRE(made.site->rows().counts().copied_blocks == 1);
  // Both do the same rows, in parts of other lengths.
  made.agents[silent]->stop(false);
  for (int round = 0; round < 30; ++round) {
    made.agents[silent]->run(5);
    made.agents[1 - silent]->run(7);
    made.step();
  }
  made.run_to_end();
  made.check(read);
  CHECK(made.site->rows().counts().needless_rows > 0);
}

TEST_CASE("a node that sends columns which cannot be is lost") {
  const auto part_of = [](bool as_columns) {
    node::BlockPart part{.block = 1};
    put_results({"0!", "1!"}, as_columns, part);
    return part;
  };
  const auto changed = [&](std::size_t at, std::uint64_t word) {
    node::BlockPart part = part_of(true);
    std::memcpy(part.columns.data() + at, &word, sizeof(word));
    return part;
  };
  // Status, then where the column begins, the ends of both rows, "0!1!".
  node::BlockPart cut = part_of(true);
  cut.columns.resize(31);
  node::BlockPart longer = part_of(true);
  longer.columns.emplace_back();
  const std::vector<std::pair<node::BlockPart, std::string>> lies = {
      {part_of(false), "results of another form than was asked for"},
      {cut, "columns that are too short"},
      {longer, "more bytes than its columns have"},
      {changed(8, 1), "results that begin where they cannot"},
      {changed(16, 5), "results that end where they cannot"},
      {changed(24, 1), "results that end where they cannot"},
      {changed(24, ~std::uint64_t{0}), "results that end where they cannot"}};
  for (const auto& [lie, why] : lies) {
    CAPTURE(why);
    MadeUpNodes made(2);
    const ReadMap& read = made.open(MadeUpNodes::numbers(500), {}, 1, pool::TextResults::columns);
    made.step();
    const std::size_t place = front_holder(made);  // it has block 1
    made.agents[place]->send(to_message(node::Parts{{lie}}));
    made.step();
    CHECK(made.site->node(place).why_ended == "it has sent " + why);
    made.run_to_end();
    made.check(read);
  }
  MadeUpNodes made(1);
  made.open(MadeUpNodes::numbers(500));
  made.step();
  made.agents[0]->send(to_message(node::Parts{{part_of(true)}}));
  made.step();
  CHECK(made.site->node(0).why_ended == "it has sent results of another form than was asked for");
}

TEST_CASE("a node that says what cannot be is lost") {
  using node::BlockPart;
  const auto parts_of = [](std::vector<BlockPart> parts) {
    return to_message(node::Parts{std::move(parts)});
  };
  const BlockPart zero{.block = 1, .status = {1}, .ends = {3}, .text = "0!\n"};
  node::Message short_beat = to_message(node::Beat{});
  short_beat.payload.pop_back();
  const std::vector<std::pair<node::Message, std::string>> lies = {
      {parts_of({{.block = 999, .status = {1}, .ends = {0}}}),
       "it has sent outcomes of rows that it has not got"},
      {parts_of({{.block = 1, .row = 60, .status = {1, 1, 1, 1, 1}, .ends = {0, 0, 0, 0, 0}}}),
       "it has sent outcomes of rows that it has not got"},
      {parts_of({zero, zero}), "it has sent a second outcome of a row"},
      {to_message(node::ReturnedRows{1, 60, 5}), "it has sent rows back that it has not got"},
      {to_message(node::ReturnedRows{1, 0, 0}), "it has sent rows back that it has not got"},
      {to_message(node::hello_of({}, {}, "elsewhere", 1)), "it has sent a second hello"},
      {to_message(node::Ping{}), "it has sent a message that only coordinators send"},
      {to_message(node::Printed{.lines = {{4096, 1, "x"}}}), "it has sent a worker that cannot be"},
      {short_beat, "it has sent a message that is too short"},
      {to_message(node::Bye{"the pool broke", 0}), "the pool broke"},
      {to_message(node::Bye{}), "it has left"}};
  for (const auto& [lie, why] : lies) {
    CAPTURE(why);
    MadeUpNodes made(2);
    const ReadMap& read = made.open(MadeUpNodes::numbers(500));
    made.step();
    const std::size_t place = front_holder(made);  // it has block 1
    made.agents[place]->send(lie);
    made.step();
    CHECK(made.site->node(place).state == NodeState::lost);
    CHECK(made.site->node(place).why_ended == why);
    made.run_to_end();
    made.check(read);
  }
}

}  // namespace forkmap::testing
