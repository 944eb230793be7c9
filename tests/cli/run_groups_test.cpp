// SPDX-License-Identifier: Apache-2.0
// Failures by place, and the slowest items, of real runs.

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

TEST_CASE("many deaths of two faults are told as two places, with counts and items") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "-j2", "--retries", "0", "--stats", folder.path() + "/stats", "--report",
                   folder.path() + "/report", test_plugin("foreign") + ":two_faults"},
                  numbers(1, 60));
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "40 failures at 2 places:\n"));
  CHECK(contains(ended.errors, "20  WorkerDied  foreign:two_faults  items 3, 6, 9, ...  in "));
  CHECK(contains(ended.errors, "20  WorkerDied  foreign:two_faults  items 1, 4, 7, ...  in "));
  CHECK(contains(ended.errors, "first_fault"));
  CHECK(contains(ended.errors, "second_fault"));
  const json groups = json::parse(folder.read("stats"))["failure_groups"];
  REQUIRE(groups.size() == 2);
  CHECK(groups[0]["count"] == 20);
  CHECK(groups[0]["kind"] == "WorkerDied");
  CHECK(groups[0]["items"].size() == 3);
  CHECK(contains(folder.read("report"), "By place"));
  CHECK(contains(folder.read("report"), "second_fault"));
}

TEST_CASE("few failures are grouped where a summary is asked for, and only there") {
  const std::string function = faulty() + ":throw_on_three";
  const Ended silent = run_forkmap({"run", function, "1", "3", "3"});
  CHECK_FALSE(contains(silent.errors, "at 1 place"));
  const Ended summary = run_forkmap({"run", "--summary", function, "1", "3", "3"});
  CHECK(contains(summary.errors, "2 failures at 1 place:\n"));
  CHECK(contains(summary.errors, "items 2, 3  three is not allowed"));
  const Ended good = run_forkmap({"run", "--summary", function, "1", "2"});
  CHECK_FALSE(contains(good.errors, "failures"));
}

TEST_CASE("the slowest items are listed with their texts, the slowest first") {
  for (const bool is_serial : {false, true}) {
    const TestFolder folder;
    std::vector<std::string> arguments = {"run",
                                          "--summary",
                                          "--chunk",
                                          "1",
                                          "--stats",
                                          folder.path() + "/stats",
                                          "--report",
                                          folder.path() + "/report",
                                          faulty() + ":sleep_ms"};
    if (is_serial) {
      arguments.emplace_back("--serial");
    } else {
      arguments.emplace_back("-j1");
    }
    const Ended ended =
        run_forkmap(arguments, same_items(30, "0") + "400\n" + same_items(30, "0") + "150\n");
    CHECK(ended.status == 0);
    const json slowest = json::parse(folder.read("stats"))["slowest"];
    REQUIRE(slowest.size() == 10);
    const auto place_of = [&slowest](int item) {
      return std::ranges::find_if(slowest, [item](const json& at) { return at["item"] == item; });
    };
    CHECK(std::ranges::is_sorted(slowest, std::greater{},
                                 [](const json& at) { return at["ns"].get<std::uint64_t>(); }));
    REQUIRE(place_of(31) != slowest.end());
    CHECK((*place_of(31))["text"] == "\"400\"");
    CHECK((*place_of(31))["ns"].get<std::uint64_t>() >= 400'000'000);
    CHECK(place_of(62) != slowest.end());
    CHECK(contains(ended.errors, "slowest items:\n"));
    CHECK(contains(ended.errors, "item 31  \"400\"\n"));
    CHECK(contains(folder.read("report"), "Slowest items"));
  }
}

TEST_CASE("items of one task are listed with their mean") {
  const Ended ended = run_forkmap(
      {"run", "-j1", "--summary", "--chunk", "5", faulty() + ":sleep_ms"}, same_items(5, "20"));
  CHECK(contains(ended.errors, "items 1 to 5, on average  \"20\"\n"));
}
