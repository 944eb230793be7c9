// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "host/report/trace_events.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

namespace {

// A trace of so many tasks of 10 us, back to back, and what stands in it.
nlohmann::json trace_of(std::uint64_t tasks, std::uint64_t limit_bytes, std::size_t& bytes) {
  const forkmap::cli::TestFolder folder;
  forkmap::plugin::FunctionEntry function;
  function.full_name = "arith:square";
  const auto start = std::chrono::steady_clock::now();
  TraceEvents trace(folder.path() + "/trace", limit_bytes, start, std::make_shared<NodeNames>());
  trace.begin("a run");
  for (std::uint64_t task = 0; task < tasks; ++task) {
    forkmap::pool::TaskRan ran;
    ran.worker = {static_cast<int>(task % 2), 100};
    ran.function = &function;
    ran.first_index = task;
    ran.items = 1;
    ran.begun = start + 10us * (task / 2);
    ran.ended = ran.begun + 9us;
    trace.note(ran);
  }
  trace.finish("finished", start + 10us * tasks);
  const std::string text = folder.read("trace");
  bytes = text.size();
  return nlohmann::json::parse(text);
}

std::uint64_t items_in(const nlohmann::json& trace) {
  std::uint64_t items = 0;
  for (const auto& event : trace) {
    if (event.value("cat", "") == "task") items += event["args"]["items"].get<std::uint64_t>();
  }
  return items;
}

}  // namespace

TEST_CASE("a short trace has an event for each task") {
  std::size_t bytes = 0;
  const auto trace = trace_of(100, 1 << 20, bytes);
  CHECK(items_in(trace) == 100);
  CHECK(trace.back()["args"]["task_events"] == 100);
}

TEST_CASE("a trace of many tasks joins neighbours, keeps its size, and says so") {
  constexpr std::uint64_t kTasks = 200'000;
  std::size_t bytes = 0;
  const auto trace = trace_of(kTasks, 64 << 10, bytes);
  CHECK(bytes <= 64 << 10);
  const auto& end = trace.back()["args"];
  CHECK(end["tasks"] == kTasks);
  CHECK(items_in(trace) + end["dropped_tasks"].get<std::uint64_t>() == kTasks);
  // Joined, not dropped.
  CHECK(items_in(trace) == kTasks);
  CHECK(std::stod(end["joined_up_to_us"].dump()) > 0);
}
