// SPDX-License-Identifier: Apache-2.0
// What the programs of the lesson print.
#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

Ended run_program(const std::string& name, std::vector<std::string> arguments = {}) {
  Launch launch;
  launch.command = {std::string(FORKMAP_LESSON_DIR) + "/" + name};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  return ChildProcess(launch).finish();
}

// The lines of a text that begin so, each without its beginning.
std::vector<std::string> lines_behind(const std::string& text, const std::string& beginning) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(beginning)) found.push_back(line.substr(beginning.size()));
  }
  return found;
}

}  // namespace

TEST_CASE("pool: the serial map and the pool map print the same") {
  const Ended ended = run_program("pool");
  CHECK(ended.output == "[1, 4, 9, 16, 25]\n[1, 4, 9, 16, 25]\n");
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("pool_pids: each item is done once, by as many workers as were asked for") {
  for (const std::size_t workers : {1U, 2U, 4U}) {
    // On a busy machine a worker may come too late for all of the 20 items; not every time.
    std::size_t most = 0;
    for (int attempt = 0; attempt < 50 && most < workers; ++attempt) {
      const Ended ended = run_program("pool_pids", {std::to_string(workers)});
      INFO(ended.output << ended.errors);
      CHECK(ended.status == 0);
      CHECK(contains(ended.output, "The sum of the square of the first 20 integers is 2870\n"));
      std::set<std::string> pids;
      std::set<std::string> items;
      const auto calls = lines_behind(ended.output, "Worker ");
      for (const std::string& call : calls) {
        const std::string middle = " calculating square of ";
        const std::size_t at = call.find(middle);
        REQUIRE(at != std::string::npos);
        pids.insert(call.substr(0, at));
        items.insert(call.substr(at + middle.size()));
      }
      CHECK(calls.size() == 20);
      CHECK(items.size() == 20);
      REQUIRE(pids.size() <= workers);
      most = std::max(most, pids.size());
      int shared = 0;
      const auto shares = lines_behind(ended.output, "worker ");
      for (const std::string& share : shares) {
        shared += std::stoi(share.substr(share.find(':') + 1));
      }
      CHECK(shares.size() == workers);
      CHECK(shared == 20);
    }
    CHECK(most == workers);
  }
}

TEST_CASE("pool_pids: two workers are the default, and nonsense is refused") {
  CHECK(lines_behind(run_program("pool_pids").output, "worker ").size() == 2);
  for (const char* nonsense : {"0", "-1", "many"}) {
    const Ended ended = run_program("pool_pids", {nonsense});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "usage"));
  }
}

TEST_CASE("broken_pool: the squares, then the error of the cubes") {
  const Ended ended = run_program("broken_pool");
  INFO(ended.output);
  CHECK(ended.output.starts_with("Square result: [1, 4, 9, 16, 25]\n"));
  CHECK(lines_behind(ended.output, "Cube result").empty());
  for (const char* part :
       {"StaleRegistry", "cube", "generation 2", "generation 1", "second pool", "refork"}) {
    INFO(part);
    CHECK(contains(ended.output, part));
  }
  CHECK(ended.status == 1);
}

TEST_CASE("two_pools: a second pool and refork both know cube") {
  const Ended ended = run_program("two_pools");
  CHECK(ended.output ==
        "Square result: [1, 4, 9, 16, 25]\n"
        "Cube result: [1, 8, 27, 64, 125]\n"
        "Cube result: [1, 8, 27, 64, 125]\n");
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("late_results: what is read after the pool is gone is an error that says what to do") {
  const Ended ended = run_program("late_results");
  CHECK(contains(ended.output, "collect()"));
  CHECK(contains(ended.output, "pool"));
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}
