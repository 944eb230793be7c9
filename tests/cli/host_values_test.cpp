// SPDX-License-Identifier: Apache-2.0
// Small things that the command is made of.

#include <cmath>
#include <limits>

#include "host/accumulator.hpp"
#include "host/duration_text.hpp"
#include "host/item_text.hpp"
#include "host/json_value.hpp"
#include "host/progress_report.hpp"
#include "host/shell_quote.hpp"
#include "host/text_table.hpp"
#include "host/work_summary.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using forkmap::cli::contains;
using namespace std::chrono_literals;

TEST_CASE("a sum of integers is exact beyond 64 bits and tells when it leaves 128") {
  Accumulator sum(Reduction::sum);
  for (int i = 0; i < 3; ++i) sum.add(Int128{std::numeric_limits<std::int64_t>::max()});
  CHECK(sum.text(false, false) == "27670116110564327421");
  const Int128 highest = (Int128{1} << 126) - 1 + (Int128{1} << 126);
  sum.add(highest);
  CHECK(sum.overflowed());
  CHECK_FALSE(sum.text(false, false));
}

TEST_CASE("the lowest and highest of 128 bits are written in full") {
  const Int128 highest = (Int128{1} << 126) - 1 + (Int128{1} << 126);
  CHECK(to_text(highest) == "170141183460469231731687303715884105727");
  CHECK(to_text(-highest - 1) == "-170141183460469231731687303715884105728");
  CHECK(to_text(0) == "0");
}

TEST_CASE("floats are added from left to right, and a NaN stays") {
  Accumulator sum(Reduction::sum);
  for (const double value : {1e16, 1.0, -1e16}) sum.add(value);
  CHECK(sum.text(true, false) == "0");
  for (const Reduction reduction : {Reduction::min, Reduction::max, Reduction::mean}) {
    Accumulator one(reduction);
    for (const double value : {1.0, std::nan(""), 0.5, 2.0}) one.add(value);
    CHECK(one.text(true, false) == "nan");
  }
}

TEST_CASE("nothing has a sum and a count but no min, max or mean") {
  CHECK(Accumulator(Reduction::sum).text(false, false) == "0");
  CHECK(Accumulator(Reduction::sum).text(true, false) == "0");
  CHECK(Accumulator(Reduction::count).text(false, false) == "0");
  CHECK_FALSE(Accumulator(Reduction::min).text(false, false));
  CHECK_FALSE(Accumulator(Reduction::max).text(true, false));
  CHECK_FALSE(Accumulator(Reduction::mean).text(true, false));
}

TEST_CASE("min and max of negative numbers do not start at zero") {
  Accumulator max(Reduction::max);
  for (const int value : {-5, -3, -9}) max.add(Int128{value});
  CHECK(max.text(false, false) == "-3");
  Accumulator min(Reduction::min);
  for (const double value : {5.5, 3.25}) min.add(value);
  CHECK(min.text(true, false) == "3.25");
}

TEST_CASE("a float of 32 bits is written as one where it is one of the values") {
  Accumulator max(Reduction::max);
  max.add(static_cast<double>(0.1F));
  CHECK(max.text(true, true) == "0.1");
}

TEST_CASE("base64 pads as RFC 4648 says") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("JSON text is escaped, or base64 where it is not UTF-8") {
  std::string out;
  append_json_text("a\"\\\n\t\x01", out);
  CHECK(out == R"("a\"\\\n\t\u0001")");
  out.clear();
  append_json_text("\xfe", out);
  CHECK(out == R"({"base64":"/g=="})");
}

TEST_CASE("words for a shell are quoted only where they must be") {
  CHECK(shell_quoted("/a/b.so:f") == "/a/b.so:f");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("$x*") == "'$x*'");
  CHECK(shell_quoted("a\n'\\1") == R"($'a\012\'\\1')");
  CHECK(shell_quoted("\xff") == R"($'\377')");
  CHECK(shell_quoted("\xe2\x80\xae") == R"($'\342\200\256')");
  CHECK(shell_quoted("\xc3\xa4") == "'\xc3\xa4'");
}

TEST_CASE("durations are read with their unit") {
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("3") == 3s);
  CHECK(parse_duration("0") == 0s);
  for (const char* bad : {"", "s", "-1s", "1x", "1 s", "nan", "inf", "1e99h"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
  CHECK(duration_text(3725s) == "1 h 2 min");
  CHECK(duration_text(200s) == "3 min 20 s");
}

TEST_CASE("arguments are shown one by one, lines as one text") {
  using namespace std::string_literals;
  CHECK(shown_item("3\0004"s, '\0') == "\"3\", \"4\"");
  CHECK(shown_item("3\t4", '\t') == "\"3\\t4\"");
  std::string tag;
  append_tag("a\nb\0c"s, '\0', false, tag);
  CHECK(tag == "a\\nb\tc");
}

TEST_CASE("the bar shows what is known") {
  const std::string full =
      progress_line({.done = 50, .failed = 2, .total = 200, .elapsed = 10s}, 100);
  CHECK(full == "[######..................] 25 %, 50 of 200 done, 2 failed, 5/s, 30 s left");
  CHECK(progress_line({.done = 7, .elapsed = 1s}, 100) == "7 done, 0 failed, 7/s");
}

TEST_CASE("a bar that does not fit loses whole words, and is nothing in the end") {
  const ProgressFacts facts{.done = 50, .failed = 2, .total = 200, .elapsed = 10s};
  CHECK(progress_line(facts, 73) == progress_line(facts, 1000));
  CHECK(progress_line(facts, 72) == "25 %, 50 of 200 done, 2 failed, 5/s, 30 s left");
  CHECK(progress_line(facts, 45) == "25 %, 50 of 200 done, 2 failed, 30 s left");
  CHECK(progress_line(facts, 30) == "25 %, 50 of 200 done, 2 failed");
  CHECK(progress_line(facts, 29) == "25 %, 50 of 200 done");
  CHECK(progress_line(facts, 9) == "25 %");
  CHECK(progress_line(facts, 4) == "25 %");
  CHECK(progress_line(facts, 3) == "");
  CHECK(progress_line(facts, 0) == "");
  CHECK(progress_line({.done = 1234, .elapsed = 1s}, 9) == "1234 done");
  CHECK(progress_line({.done = 1234, .elapsed = 1s}, 8) == "");
}

TEST_CASE("the time that is left follows from what this run has done") {
  // All of the input was read, and nothing is done yet.
  CHECK(progress_line({.fraction = 1.0, .done_fraction = 0.0, .elapsed = 60s}, 100) ==
        "[........................] 0 %, 0 done, 0 failed, 0/s");
  CHECK(progress_line({.total = 10, .elapsed = 60s}, 100) ==
        "[........................] 0 %, 0 of 10 done, 0 failed, 0/s");
  CHECK(contains(
      progress_line({.done = 5, .fraction = 1.0, .done_fraction = 0.25, .elapsed = 10s}, 100),
      "] 25 %, 5 done, 0 failed, 0/s, 30 s left"));
  // Half was done before this run, which has done a quarter in 10 s.
  CHECK(contains(
      progress_line({.done = 5, .done_fraction = 0.75, .begun_fraction = 0.5, .elapsed = 10s}, 100),
      "] 75 %, 5 done, 0 failed, 0/s, 10 s left"));
  // Less than a second is one.
  CHECK(contains(progress_line({.done = 99, .total = 100, .elapsed = 10s}, 100), ", 1 s left"));
}

TEST_CASE("a table has its columns below each other") {
  CHECK(aligned({{"a", "long name", "x"}, {"bcd", "e", ""}}) ==
        "a    long name  x\nbcd  e          \n");
  CHECK(aligned({{"a", "1"}, {"b", "20"}}, {1}) == "a   1\nb  20\n");
}

TEST_CASE("the summary has a line for each process in the order of the workers") {
  WorkSummary summary;
  summary.add(1, 11, 5);
  summary.add(0, 10, 3);
  summary.add(-1, 12, 1);
  summary.add(0, 10, 2);
  summary.add(0, 13, 9);
  const std::string table = summary.table();
  CHECK(table ==
        "worker  pid  items   share\n"
        "w0       10      5  25.0 %\n"
        "w0       13      9  45.0 %\n"
        "w1       11      5  25.0 %\n"
        "none      -      1   5.0 %\n");
}
