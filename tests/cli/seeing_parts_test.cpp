// SPDX-License-Identifier: Apache-2.0
// The parts of --trace, --report and --stats: arithmetic, texts, and what keeps them small.

#include <nlohmann/json.hpp>
#include <numeric>

#include "host/html_text.hpp"
#include "host/quantity_text.hpp"
#include "host/time_axis.hpp"
#include "host/time_grid.hpp"
#include "host/trace_budget.hpp"
#include "host/trace_events.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;
using Ns = std::chrono::nanoseconds;

TEST_CASE("a grid keeps every amount when its columns are folded") {
  TimeGrid grid;
  const std::size_t items = grid.add_series();
  double sum = 0;
  for (int step = 0; step < 2000; ++step) {
    grid.add(items, step * 1ms, step * 1ms + 700us, 3);
    sum += 3;
  }
  CHECK(grid.columns() <= TimeGrid::kColumns);
  const auto found = grid.series(items);
  CHECK(std::accumulate(found.begin(), found.end(), 0.0) == Approx(sum));
  const auto coarse = grid.coarse(items, 7);
  CHECK(std::accumulate(coarse.begin(), coarse.end(), 0.0) == Approx(sum));
  CHECK(grid.column_time() * static_cast<std::int64_t>(grid.columns()) >= 2s);
}

TEST_CASE("an amount over a long time is spread evenly over the columns") {
  TimeGrid grid;
  const std::size_t busy = grid.add_series();
  grid.add(busy, 0ns, 1h, 3600);
  const auto found = grid.series(busy);
  const double whole = std::chrono::duration<double>(grid.column_time()).count();
  for (std::size_t column = 0; column + 1 < found.size(); ++column) {
    REQUIRE(found[column] == Approx(whole));
  }
}

TEST_CASE("a budget gets coarser as it is used, and is never exceeded") {
  TraceBudget budget(100'000);
  CHECK(budget.resolution() == 0ns);
  std::uint64_t taken = 0;
  Ns before = 0ns;
  while (budget.take(100)) {
    taken += 100;
    REQUIRE(budget.resolution() >= before);
    before = budget.resolution();
    if (taken == 49'900) CHECK(budget.resolution() == 0ns);
  }
  CHECK(taken == 100'000);
  CHECK(budget.resolution() > 1s);
}

namespace {

// A trace of so many tasks of 10 us, back to back, and what stands in it.
nlohmann::json trace_of(std::uint64_t tasks, std::uint64_t limit_bytes, std::size_t& bytes) {
  const forkmap::cli::TestFolder folder;
  forkmap::plugin::FunctionEntry function;
  function.full_name = "arith:square";
  const auto start = std::chrono::steady_clock::now();
  TraceEvents trace(folder.path() + "/trace", limit_bytes, start);
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

TEST_CASE("whatever bytes there are, markup is escaped and nothing is hidden") {
  CHECK(html_text("<script>alert('x' & \"y\")</script>") ==
        "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
  CHECK(html_text("caf\xc3\xa9 \xf0\x9f\x98\x80") == "caf\xc3\xa9 \xf0\x9f\x98\x80");
  CHECK(html_text("\xff\xfe<") == "\\xff\\xfe&lt;");
  CHECK(html_text("\xc3<b>") == "\\xc3&lt;b&gt;");
  CHECK(html_text(std::string_view("a\0b\x1b[0m\n", 8)) == "a\\x00b\\x1b[0m\n");
  CHECK(html_text("a\xe2\x80\xae"
                  "b") == "a\\u{202e}b");
  CHECK(html_text("\xef\xbb\xbf") == "\\u{feff}");
}

TEST_CASE("quantities have three digits and a unit that suits them") {
  CHECK(time_text(0ns) == "0 ns");
  CHECK(time_text(830ns) == "830 ns");
  CHECK(time_text(999'600ns) == "1.00 ms");
  CHECK(time_text(12'345ns) == "12.3 µs");
  CHECK(time_text(4'560us) == "4.56 ms");
  CHECK(time_text(1500ms) == "1.50 s");
  CHECK(time_text(59'960ms) == "1 min 00 s");
  CHECK(time_text(125s) == "2 min 05 s");
  CHECK(time_text(3600s) == "1 h 00 min");
  CHECK(time_text(72h) == "3 d 00 h");
  CHECK(count_text(7) == "7");
  CHECK(count_text(999.6) == "1.00 k");
  CHECK(rate_text(1'234'567) == "1.23 M items/s");
  CHECK(rate_text(0.05) == "180 items/h");
  CHECK(grouped_text(0) == "0");
  CHECK(grouped_text(1'234'567) == "1\u202f234\u202f567");
  CHECK(size_in_words(1536) == "1.50 KiB");
  CHECK(share_text(0) == "0.0 %");
  CHECK(share_text(0.5) == "50 %");
  CHECK(share_text(0.00001) == "< 0.1 %");
  CHECK(share_text(0.99999) == "> 99.9 %");
  CHECK(share_text(1) == "100.0 %");
}

TEST_CASE("an axis has round steps, not too many, for any length of run") {
  CHECK(axis_step(7s, 7) == 1s);
  CHECK(axis_step(100ms, 7) == 20ms);
  CHECK(axis_step(90s, 7) == 20s);
  CHECK(axis_step(10h, 7) == 2h);
  for (Ns whole = 1ns; whole < 24h * 365; whole = whole * 3 + 1ns) {
    INFO(whole.count());
    CHECK(whole / axis_step(whole, 7) <= 7);
    CHECK(!forkmap::cli::contains(time_axis(whole), "left:9999"));
  }
  CHECK(time_axis(0ns) == "<div class=\"axis\"><span style=\"left:0\">0</span></div>");
}
