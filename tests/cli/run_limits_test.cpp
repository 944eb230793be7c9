// SPDX-License-Identifier: Apache-2.0
// What a run is limited to: time of items, and when it gives up.

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

const std::string& faulty() {
  static const std::string path = test_plugin("faulty");
  return path;
}

std::string numbers(int first, int last) {
  std::string lines;
  for (int i = first; i <= last; ++i) lines += std::to_string(i) + "\n";
  return lines;
}

}  // namespace

TEST_CASE("an item that runs too long is TimedOut, and told with its limit and a replay line") {
  const Ended ended = run_forkmap({"run", "--timeout", "500ms", "--retries", "0",
                                   faulty() + ":hang_on_three", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n2\n4\n5\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors,
                 "item 3 (\"3\"): TimedOut: faulty:hang_on_three: it ran longer than "
                 "500 ms (timeout), and worker "));
  CHECK(contains(ended.errors, "(attempt 1 of 1)"));
  CHECK(contains(ended.errors, "run --serial --first-item 3 "));
  CHECK_FALSE(contains(ended.errors, "--timeout"));
}

TEST_CASE(
    "a timed out item is tried again as often as --retries says, and is in the failures file") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "-j", "2", "--timeout", "0.2s", "--retries", "2", "--failures",
                   folder.path() + "/failed", faulty() + ":hang_on_three"},
                  numbers(1, 500));
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "\n") == 499);
  const json failure = json::parse(folder.read("failed"));
  CHECK(failure["item"] == 3);
  CHECK(failure["kind"] == "TimedOut");
  CHECK(failure["attempt"] == 3);
  CHECK(failure["signal_name"] == "SIGKILL");
}

TEST_CASE("a timeout in percent stops the item that is far slower than the others") {
  std::string items;
  for (int i = 0; i < 30; ++i) items += "20\n";
  items += "60000\n20\n20\n";
  const Ended ended = run_forkmap(
      {"run", "-j", "2", "--timeout", "2000%", "--retries", "0", faulty() + ":sleep_ms"}, items);
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "\n") == 32);
  CHECK(contains(ended.errors, "item 31 (\"60000\"): TimedOut"));
  CHECK(count_of(ended.errors, "TimedOut") == 1);
}

TEST_CASE("a timeout that is none, or that nobody can keep, is a usage error") {
  for (const std::string text : {"", "0", "-1s", "fast", "100%", "%", "-300%", "3.5%"}) {
    CAPTURE(text);
    const Ended ended = run_forkmap({"run", "--timeout", text, "arith:square", "1"});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "--timeout"));
    CHECK(ended.output == "");
  }
  const Ended serial = run_forkmap({"run", "--serial", "--timeout", "1s", "arith:square", "1"});
  CHECK(serial.status == 2);
  CHECK(contains(serial.errors, "--serial"));
}
