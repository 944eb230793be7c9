// SPDX-License-Identifier: Apache-2.0
// The status of a run: how it is sent and shown.

#include "host/watch/status.hpp"
#include "host/watch/protocol.hpp"
#include "host/watch/status_table.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

namespace {

RunStatus example() {
  RunStatus status;
  status.pid = 4711;
  status.function = "faulty:sleep_ms";
  status.elapsed = 100s;
  status.done = 20;
  status.waiting = 5;
  status.failed = 2;
  status.total = 125;
  status.rate = 0.25;
  status.rate_now = 1234.5;
  status.workers_wanted = 2;
  status.workers = {{.number = 0,
                     .node = "",
                     .pid = 4713,
                     .state = "running",
                     .item = 26,
                     .item_time = 1500ms,
                     .done = 12,
                     .respawns = 1},
                    {.number = 11,
                     .node = "",
                     .pid = 0,
                     .state = "dead",
                     .item = {},
                     .item_time = {},
                     .done = 8,
                     .respawns = 0}};
  return status;
}

// n1 is up, and has told of a worker; all others were lost.
RunStatus with_nodes(std::uint32_t count) {
  RunStatus status = example();
  for (std::uint32_t number = 1; number <= count; ++number) {
    NodeFacts& node = status.nodes.emplace_back();
    node.number = number;
    node.name = "n" + std::to_string(number);
    node.state = number == 1 ? "up" : "lost";
    node.workers = 4;
    node.items = 100 + number;
    node.late_messages = 1;
    if (number > 1) {
      node.why_ended = "the stream has ended";
      continue;
    }
    node.workers_up = 3;
    node.items_per_s = 12.5;
    node.items_out = 8;
    node.last_beat = 200ms;
    node.load = 0.75;
  }
  status.workers.push_back(status.workers.front());
  status.workers.back().node = "n1";
  status.workers.back().item = 27;
  return status;
}

}  // namespace

TEST_CASE("time left is guessed from what is done, where that says anything") {
  CHECK(example().time_left() == 400s);
  RunStatus status;
  status.elapsed = 10s;
  CHECK_FALSE(status.time_left());
  status.fraction = 0.25;
  CHECK(status.time_left() == 30s);
  status.fraction = 0.0;
  CHECK_FALSE(status.time_left());
  status.total = 0;
  CHECK(status.time_left() == 0s);
  status.total = UINT64_MAX;
  status.done = 1;
  CHECK(status.time_left() > 24h);
}

TEST_CASE("a status comes out of its line as it went in") {
  const RunStatus status = example();
  const std::string line = status_answer(status);
  CHECK(line.find('\n') == line.size() - 1);
  const StatusAnswer answer = read_answer(line);
  CHECK(answer.fault == "");
  CHECK(status_lines(answer.status) == status_lines(status));
  CHECK(status_answer(answer.status) == line);
  CHECK(read_answer(error_answer("no")).fault == "no");
  for (const std::string bad : {"", "{", "{}", "[]", "7", "{\"forkmap_status\":1}"}) {
    CAPTURE(bad);
    CHECK(read_answer(bad).fault != "");
  }
  CHECK(read_request(status_request()).fault == "");
  CHECK(read_request(status_request()).workers == 0);
  CHECK(read_request(resize_request(7)).workers == 7);
}

TEST_CASE("the table has a row for each worker, and says what waits for its turn") {
  CHECK(status_lines(example()) == std::vector<std::string>{
                                       "faulty:sleep_ms, pid 4711, running, 1 min 40 s, 2 workers",
                                       "20 of 125 done, 5 wait for their turn, 2 failed",
                                       "1234/s now, 0.2/s on the whole, 6 min 40 s left",
                                       "worker   pid  state    item  runs for  done  respawns",
                                       "w0      4713  running    26     1.5 s    12         1",
                                       "w11        -  dead        -         -     8         0",
                                   });
}

TEST_CASE("a status with other machines has a table of them above the workers") {
  const RunStatus status = with_nodes(2);
  const std::vector<std::string> lines = {
      "faulty:sleep_ms, pid 4711, running, 1 min 40 s, 2 workers here, 2 other machines",
      "20 of 125 done, 5 wait for their turn, 2 failed",
      "1234/s now, 0.2/s on the whole, 6 min 40 s left",
      "node  state  workers  done  items/s  out  late   beat  load",
      "n1    up         3/4   101     12.5    8     1  0.2 s  0.75",
      "n2    lost       0/4   102        -    0     1      -     -",
      "node  worker   pid  state    item  runs for  done  respawns",
      "here  w0      4713  running    26     1.5 s    12         1",
      "here  w11        -  dead        -         -     8         0",
      "n1    w0      4713  running    27     1.5 s    12         1"};
  CHECK(status_lines(status) == lines);
  const std::string line = status_answer(status);
  const StatusAnswer answer = read_answer(line);
  CHECK(answer.fault == "");
  CHECK(status_lines(answer.status) == lines);
  CHECK(status_answer(answer.status) == line);
}

TEST_CASE("the workers of one machine can be shown alone, and of many they are") {
  const std::vector<std::string> n1 = status_lines(with_nodes(2), "n1");
  REQUIRE(n1.size() == 8);
  CHECK(n1.back() == "n1    w0      4713  running    27     1.5 s    12         1");
  CHECK(status_lines(with_nodes(2), "here").size() == 9);
  const std::vector<std::string> many = status_lines(with_nodes(4));
  CHECK(many.size() == 3 + 5 + 1);
  CHECK(many.back() == "forkmap top --node NAME shows the workers of one machine");
  CHECK(status_lines(with_nodes(4), "n1").back() == n1.back());
  CHECK(has_machine(with_nodes(2), "here"));
  CHECK(has_machine(with_nodes(2), "n2"));
  CHECK_FALSE(has_machine(with_nodes(2), "n3"));
}

TEST_CASE("the status of a run on one machine does not speak of others") {
  const std::string line = status_answer(example());
  CHECK(line.find("node") == std::string::npos);
}

TEST_CASE("a window shows what fits into it") {
  const std::vector<std::string> lines = {"one", "two is longer", "three"};
  CHECK(fitted(lines, 80, 24, "\n") == "one\ntwo is longer\nthree");
  CHECK(fitted(lines, 5, 3, "|") == "one|two i|three");
  CHECK(fitted(lines, 80, 2, "\n") == "one\n... and 2 more lines");
  CHECK(fitted(lines, 80, 0, "\n") == "");
  CHECK(fitted({}, 80, 24, "\n") == "");
}
