// SPDX-License-Identifier: Apache-2.0
#include "bench/report/figures.hpp"

#include "bench/report/judge.hpp"
#include "tests/bench/example_row.hpp"
#include "tests/catch.hpp"

using namespace forkmap::bench;
using forkmap::tests::example_report;
using forkmap::tests::example_row;

TEST_CASE("the median is the run in the middle, or the mean of the two there") {
  CHECK(Figure{{3, 1, 2}}.median() == 2);
  CHECK(Figure{{4, 1, 3, 2}}.median() == 2.5);
  CHECK(Figure{{7}}.median() == 7);
  CHECK(Figure{}.median() == 0);
  CHECK(Figure{{3, 1, 2}}.min() == 1);
  CHECK(Figure{{3, 1, 2}}.max() == 3);
}

TEST_CASE("a ratio of equally many runs is the median of the rounds' quotients") {
  CHECK(ratio({{1, 8, 3}}, {{1, 4, 1}}).value() == 2);  // of the medians it would be 3
}

TEST_CASE("a ratio of unequally many runs is that of the medians") {
  CHECK(ratio({{1, 8, 3}}, {{1}}).value() == 3);
}

TEST_CASE("there is no ratio with what was not run or is zero") {
  CHECK_FALSE(ratio({}, {{1}}));
  CHECK_FALSE(ratio({{1}}, {}));
  CHECK_FALSE(ratio({{1, 2}}, {{1, 0}}));
}

TEST_CASE("a target without an opponent bounds the figure itself") {
  const Row row = example_row();
  CHECK(value_of(row, {Relation::at_least, 10, ""}).value() == 10);
  CHECK(judge(row, {Relation::at_least, 10, ""}) == Verdict::met);
  CHECK(judge(row, {Relation::at_least, 10.5, ""}) == Verdict::missed);
  CHECK(judge(row, {Relation::at_most, 10, ""}) == Verdict::met);
  CHECK(judge(row, {Relation::at_most, 9.5, ""}) == Verdict::missed);
}

TEST_CASE("a target against an opponent bounds the ratio") {
  const Row row = example_row();
  CHECK(judge(row, {Relation::at_least, 2, "peer"}) == Verdict::met);
  CHECK(judge(row, {Relation::at_least, 2.1, "peer"}) == Verdict::missed);
  CHECK(judge(row, {Relation::at_least, 0.5, "limit"}) == Verdict::met);
}

TEST_CASE("the fastest Python pool is the best one, whichever way is better") {
  Row row = example_row();
  const Target target{Relation::at_least, 5, kFastestPython};
  REQUIRE(opponent(row, target) != nullptr);
  CHECK(opponent(row, target)->name == "fast");
  CHECK(judge(row, target) == Verdict::met);
  row.better = Better::lower;
  CHECK(opponent(row, target)->name == "slow");
}

TEST_CASE("what was not measured is neither met nor missed") {
  Row row = example_row();
  const Target target{Relation::at_least, 2, "somebody else"};
  CHECK(judge(row, target) == Verdict::not_measured);
  row.against.back().figure.runs.clear();
  row.against[2].figure.runs.clear();
  CHECK(judge(row, {Relation::at_least, 1, kFastestPython}) == Verdict::not_measured);
  row.ours.runs.clear();
  CHECK(judge(row, {Relation::at_least, 1, ""}) == Verdict::not_measured);
}

TEST_CASE("a row is as good as its worst target, and an error is a miss") {
  Row row = example_row();
  CHECK_FALSE(judge(row));
  row.targets = {{Relation::at_least, 10, ""}};
  CHECK(judge(row).value() == Verdict::met);
  row.targets.push_back({Relation::at_least, 1, "somebody else"});
  CHECK(judge(row).value() == Verdict::not_measured);
  row.targets.push_back({Relation::at_least, 11, ""});
  CHECK(judge(row).value() == Verdict::missed);
  row.targets.clear();
  row.error = "it broke";
  CHECK(judge(row).value() == Verdict::missed);
}

TEST_CASE("a report passes if nothing was missed, and, where all is wanted, all was measured") {
  Report report = example_report();
  CHECK(passes(report, true));
  report.rows[0].targets = {{Relation::at_least, 1, "somebody else"}};
  CHECK(passes(report, false));
  CHECK_FALSE(passes(report, true));
  report.rows[0].targets = {{Relation::at_least, 11, ""}};
  CHECK_FALSE(passes(report, false));
}
