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
                     .pid = 4713,
                     .state = "running",
                     .item = 26,
                     .item_time = 1500ms,
                     .done = 12,
                     .respawns = 1},
                    {.number = 11,
                     .pid = 0,
                     .state = "dead",
                     .item = {},
                     .item_time = {},
                     .done = 8,
                     .respawns = 0}};
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

TEST_CASE("a window shows what fits into it") {
  const std::vector<std::string> lines = {"one", "two is longer", "three"};
  CHECK(fitted(lines, 80, 24, "\n") == "one\ntwo is longer\nthree");
  CHECK(fitted(lines, 5, 3, "|") == "one|two i|three");
  CHECK(fitted(lines, 80, 2, "\n") == "one\n... and 2 more lines");
  CHECK(fitted(lines, 80, 0, "\n") == "");
  CHECK(fitted({}, 80, 24, "\n") == "");
}
