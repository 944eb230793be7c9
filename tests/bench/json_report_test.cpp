// SPDX-License-Identifier: Apache-2.0
#include "bench/report/json_report.hpp"

#include <stdexcept>
#include <string>

#include "tests/bench/example_row.hpp"
#include "tests/catch.hpp"

using namespace forkmap::bench;
using forkmap::tests::example_report;

TEST_CASE("a report comes back from its JSON with every run") {
  Report report = example_report();
  report.rows[0].targets = {{Relation::at_least, 2, "peer"}, {Relation::at_most, 11, ""}};
  report.rows[0].note = "seen";
  const std::string json = to_json(report);
  const Report back = from_json(json);
  CHECK(to_json(back) == json);
  REQUIRE(back.rows.size() == 1);
  CHECK(back.rows[0].ours.runs == report.rows[0].ours.runs);
  CHECK(back.rows[0].against[1].version == "1.2");
  CHECK(back.rows[0].targets[0].against == "peer");
  CHECK(back.machine.processor == "a processor");
  CHECK(back.quick);
}

TEST_CASE("the JSON says medians, ratios and verdicts, too") {
  Report report = example_report();
  report.rows[0].targets = {{Relation::at_least, 2, "peer"}};
  const std::string json = to_json(report);
  CHECK(json.find("\"median\": 10.0") != std::string::npos);
  CHECK(json.find("\"ratio\": 0.5") != std::string::npos);
  CHECK(json.find("\"verdict\": \"met\"") != std::string::npos);
}

TEST_CASE("what is no report is refused") {
  const auto refused = [](const std::string& text) {
    CHECK_THROWS_AS(from_json(text), std::runtime_error);
  };
  refused("");
  refused("[1, 2]");
  refused("{}");
  refused(R"({"forkmap_bench": 2})");
  std::string json = to_json(example_report());
  json.replace(json.find("\"higher\""), 8, "\"wider\" ");
  refused(json);
}
