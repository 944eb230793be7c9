// SPDX-License-Identifier: Apache-2.0
// What --stats, --trace and --report tell of a run on several machines, from made-up events.

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "host/report/run_recorder.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;
using forkmap::cli::contains;
using forkmap::pool::WorkerName;
using nlohmann::json;

namespace {

// A run on this machine and on n1, n2, ...; each worker has number 0 and the same pid. Of the last
// `silent` machines nothing is heard.
class MadeUpRun {
 public:
  explicit MadeUpRun(std::size_t nodes, std::size_t silent = 0) {
    std::vector<std::string> names;
    for (std::size_t node = 1; node <= nodes; ++node) names.push_back("n" + std::to_string(node));
    names_->set(std::move(names));
    function_.full_name = "arith:square";
    options_.seeing.stats = folder_.path() + "/stats";
    options_.seeing.trace = folder_.path() + "/trace";
    options_.seeing.report = folder_.path() + "/page";
    recorder_.emplace(options_, diagnostics_, names_);
    start_ = std::chrono::steady_clock::now();  // the recorder's was before it
    recorder_->begin(options_, function_, writer_);
    for (std::uint32_t node = 0; node <= nodes - silent; ++node) {
      const WorkerName worker{0, 100, node};
      recorder_->note(forkmap::pool::WorkerReady{.worker = worker, .generation = 1, .at = start_});
      recorder_->note(ran(worker, 10 + node));
    }
  }

  [[nodiscard]] forkmap::pool::TaskRan ran(const WorkerName& worker, std::uint32_t items) const {
    forkmap::pool::TaskRan ran;
    ran.worker = worker;
    ran.function = &function_;
    ran.items = items;
    ran.begun = start_ + 1ms;
    ran.ended = start_ + 2ms;
    return ran;
  }

  void die(std::uint32_t node) {
    recorder_->note(forkmap::pool::WorkerGone{.worker = {0, 100, node},
                                              .end = forkmap::pool::WorkerEnd::died,
                                              .how = "killed by SIGSEGV",
                                              .at = start_ + 3ms});
  }

  // n1 is up; the last one was lost after 4 ms.
  void tell_nodes(std::size_t nodes) {
    AllNodesFacts facts;
    facts.copied_blocks = 3;
    for (std::uint32_t node = 1; node <= nodes; ++node) {
      NodeFacts& told = facts.nodes.emplace_back();
      told.number = node;
      told.name = names_->of(node);
      told.state = "up";
      told.workers = 2;
      told.items = 10 + node;
      told.blocks = 7;
      told.sent_bytes = 1000;
      told.received_bytes = 2000;
    }
    NodeFacts& lost = facts.nodes.back();
    lost.state = "lost";
    lost.why_ended = "the stream has ended";
    lost.lost_at = start_ + 4ms;
    lost.moved_items = 12;
    lost.late_messages = 1;
    recorder_->note_nodes(std::move(facts), 3);
  }

  void close() { REQUIRE(recorder_->close({.name = "finished"}) == 0); }
  [[nodiscard]] json stats() const { return json::parse(folder_.read("stats")); }
  [[nodiscard]] json trace() const { return json::parse(folder_.read("trace")); }
  [[nodiscard]] std::string page() const { return folder_.read("page"); }

 private:
  forkmap::cli::TestFolder folder_;
  Diagnostics diagnostics_;
  RunOptions options_;
  std::shared_ptr<NodeNames> names_ = std::make_shared<NodeNames>();
  forkmap::plugin::FunctionEntry function_;
  OutputStream writer_{1};
  std::chrono::steady_clock::time_point start_;
  std::optional<RunRecorder> recorder_;
};

// The process of a trace that has this name.
json process_of(const json& trace, const std::string& name) {
  for (const json& event : trace) {
    if (event.value("name", "") == "process_name" && event["args"]["name"] == name) {
      return event["pid"];
    }
  }
  return nullptr;
}

std::uint64_t items_of_process(const json& trace, const json& process) {
  std::uint64_t items = 0;
  for (const json& event : trace) {
    if (event.value("cat", "") == "task" && event["pid"] == process) {
      items += event["args"]["items"].get<std::uint64_t>();
    }
  }
  return items;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t place = text.find(part); place != std::string::npos;
       place = text.find(part, place + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the numbers of a run tell the workers of its machines apart") {
  MadeUpRun run(2);
  run.die(2);
  run.tell_nodes(2);
  run.close();
  const json stats = run.stats();
  const json& workers = stats.at("workers");
  REQUIRE(workers.size() == 3);
  CHECK_FALSE(workers[0].contains("node"));
  CHECK(workers[1].at("node") == "n1");
  CHECK(workers[2].at("node") == "n2");
  for (std::size_t place = 0; place < workers.size(); ++place) {
    CHECK(workers[place].at("number") == 0);
    CHECK(workers[place].at("items") == 10 + place);
    CHECK(workers[place].at("processes") == 1);
    CHECK(workers[place].at("deaths") == (place == 2 ? 1 : 0));
  }
}

TEST_CASE("the numbers of a run say what each other machine has done, and which was lost") {
  MadeUpRun run(2);
  run.die(2);
  run.tell_nodes(2);
  run.close();
  const json stats = run.stats();
  CHECK(stats.at("events").at("lost_nodes") == 1);
  CHECK(stats.at("events").at("copied_blocks") == 3);
  json nodes = stats.at("nodes");
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[1].at("lost_s").get<double>() >= 0.004);
  nodes[1].erase("lost_s");
  CHECK(nodes[0] == json({{"name", "n1"},
                          {"rank", 1},
                          {"workers", 2},
                          {"items", 11},
                          {"blocks", 7},
                          {"busy_s", 0.001},
                          {"deaths", 0},
                          {"moved", 0},
                          {"late", 0},
                          {"sent_bytes", 1000},
                          {"received_bytes", 2000},
                          {"lost_s", nullptr}}));
  CHECK(nodes[1] == json({{"name", "n2"},
                          {"rank", 2},
                          {"workers", 2},
                          {"items", 12},
                          {"blocks", 7},
                          {"busy_s", 0.001},
                          {"deaths", 1},
                          {"moved", 12},
                          {"late", 1},
                          {"sent_bytes", 1000},
                          {"received_bytes", 2000},
                          {"why", "the stream has ended"}}));
}

TEST_CASE("the numbers of a run on one machine say nothing of others") {
  MadeUpRun run(0);
  run.close();
  const json stats = run.stats();
  CHECK_FALSE(stats.contains("nodes"));
  CHECK_FALSE(stats.at("events").contains("lost_nodes"));
  CHECK_FALSE(contains(run.page(), "<h2>Nodes</h2>"));
  CHECK(contains(run.page(), "a row for each worker"));
}

TEST_CASE("a trace has a process for each machine, with its workers in it") {
  MadeUpRun run(2);
  run.die(2);
  run.tell_nodes(2);
  run.close();
  const json trace = run.trace();
  const json here = process_of(trace, "forkmap run ");
  const json n1 = process_of(trace, "node n1");
  const json n2 = process_of(trace, "node n2");
  CHECK(here == ::getpid());
  CHECK(n1 != n2);
  CHECK(items_of_process(trace, here) == 10);
  CHECK(items_of_process(trace, n1) == 11);
  CHECK(items_of_process(trace, n2) == 12);
  std::size_t deaths = 0;
  for (const json& event : trace) {
    if (event.value("cat", "") != "death") continue;
    ++deaths;
    CHECK(event["pid"] == n2);
    const bool is_node = event["name"] == "node lost";
    CHECK((event["tid"] == 0) != is_node);
    CHECK(event["args"]["how"] == (is_node ? "the stream has ended" : "killed by SIGSEGV"));
  }
  CHECK(deaths == 2);
}

TEST_CASE("a report has a row for each machine, and unfolds the workers of few") {
  MadeUpRun few(2);
  few.tell_nodes(2);
  few.close();
  const std::string page = few.page();
  for (const char* const name : {"here", "n1", "n2"}) {
    CHECK(contains(page, "<span class=\"name\">" + std::string(name) + "</span>"));
    CHECK(contains(page, "<summary>workers of " + std::string(name) + "</summary>"));
  }
  CHECK(count_of(page, "<span class=\"name\">w0</span>") == 3);
  CHECK(count_of(page, "class=\"mark lost\"") == 1);
  CHECK(contains(page, "node n2 was lost: the stream has ended; items that went elsewhere: 12"));
  CHECK(contains(page, "<h2>Nodes</h2>"));
  CHECK(contains(page, "<b>7</b><span>workers</span>"));  // 3 here, and 2 of each
  CHECK(contains(page, "<td>n2 w0</td>"));

  MadeUpRun many(5);
  many.tell_nodes(5);
  many.close();
  CHECK(contains(many.page(), "<span class=\"name\">n5</span>"));
  CHECK_FALSE(contains(many.page(), "<summary>"));
}

TEST_CASE("a node of which no worker is known has a row") {
  MadeUpRun run(2, 1);
  run.tell_nodes(2);
  run.close();
  CHECK(contains(run.page(), "<span class=\"name\">n2</span>"));
  CHECK(run.stats().at("nodes")[1].at("busy_s") == 0);
}
