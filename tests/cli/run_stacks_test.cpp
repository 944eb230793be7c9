// SPDX-License-Identifier: Apache-2.0
// Where an item was that left by exit(), or ran too long.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

json failure_of(const std::string& function, const std::string& item) {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", "--retries", "0", "--timeout", "1s", "--failures",
                                   folder.path() + "/failures", function, "1", item, "2"});
  INFO(ended.errors);
  CHECK(ended.status == 1);
  return json::parse(folder.read("failures"));
}

bool has_frame(const json& failure, const std::string& part) {
  for (const json& frame : failure["frames"]) {
    if (contains(frame.get<std::string>(), part)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("an exit inside a function is told with the frames of the caller, as an abort is") {
  for (const char* function : {"exit_on_three", "quick_exit_on_three", "abort_on_three"}) {
    INFO(function);
    const json failure = failure_of(faulty() + ":" + function, "3");
    CHECK(failure["kind"] == "WorkerDied");
    CHECK(has_frame(failure, std::string("faulty.so: faulty::") + function));
    CHECK_FALSE(has_frame(failure, "forkmap::process"));
    CHECK(contains(failure["message"].get<std::string>(),
                   std::string("called from faulty.so: faulty::") + function));
    CHECK(contains(failure["place"].get<std::string>(), function));
  }
}

TEST_CASE("_exit() and a worker that leaves in peace leave no frames") {
  const json failure = failure_of(faulty() + ":exit_zero_on_three", "3");
  CHECK_FALSE(failure.contains("frames"));
}

TEST_CASE("an item that ran too long is told with the stack of the moment") {
  const json spinning = failure_of(faulty() + ":hang_on_three", "3");
  CHECK(spinning["kind"] == "TimedOut");
  CHECK(contains(spinning["message"].get<std::string>(), "; in faulty.so: faulty::hang_on_three"));
  const TestFolder folder;
  const Ended waiting =
      run_forkmap({"run", "--retries", "0", "--timeout", "300ms", "--crash-dir",
                   folder.path() + "/crashes", test_plugin("foreign") + ":talk", "hang:x"});
  CHECK(contains(waiting.errors, "called from foreign.so: "));
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path() + "/crashes")) {
    ++files;
    const std::string report = folder.read("crashes/" + file.path().filename().string());
    CHECK(contains(report, "foreign.so: "));
    CHECK(contains(report, "timeout"));
    CHECK_FALSE(contains(report, "sent by process"));
  }
  CHECK(files == 1);
}

TEST_CASE("an item that blocks every signal is stopped in time, without its stack") {
  const json blocked = failure_of(faulty() + ":block_signals", "100000");
  CHECK(blocked["kind"] == "TimedOut");
  CHECK_FALSE(blocked.contains("frames"));
}

TEST_CASE("items that end close to their limit have their value or are TimedOut, each once") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", "-j2", "--retries", "0", "--timeout", "20ms", "--chunk",
                                   "4", "--fill", "late", faulty() + ":sleep_ms"},
                                  same_items(60, "19"));
  CHECK(count_of(ended.output, "19\n") + count_of(ended.output, "late\n") == 60);
  CHECK(count_of(ended.output, "\n") == 60);
  CHECK(count_of(ended.errors, "WorkerDied") == 0);
}
