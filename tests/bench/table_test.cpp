// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "bench/report/markdown_table.hpp"
#include "bench/report/text_table.hpp"
#include "tests/bench/example_row.hpp"
#include "tests/catch.hpp"

using namespace forkmap::bench;
using forkmap::tests::example_report;
using forkmap::tests::example_row;

TEST_CASE("numbers have four digits that mean something") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(0.0123456) == "0.01235");
  CHECK(number_text(1.23456) == "1.235");
  CHECK(number_text(12.3456) == "12.35");
  CHECK(number_text(123.456) == "123.5");
  CHECK(number_text(1234.56) == "1235");
  CHECK(number_text(25) == "25");
}

TEST_CASE("a figure is its median with the range") {
  CHECK(figure_text({{9, 10, 14}}, "ms") == "10 ms (9 to 14)");
  CHECK(figure_text({{10}}, "ms") == "10 ms");
}

TEST_CASE("a row's text has a line for each contender and each target") {
  Row row = example_row();
  row.targets = {{Relation::at_least, 3, "peer"}};
  const std::string text = row_text(row);
  CHECK(text.find("peer 1.2") != std::string::npos);
  CHECK(text.find("x 0.5") != std::string::npos);
  CHECK(text.find("target >= 3 x peer") != std::string::npos);
  CHECK(text.find("missed") != std::string::npos);
}

TEST_CASE("a row that failed says why and shows no figure") {
  Row row = example_row();
  row.error = "it broke";
  CHECK(row_text(row) == "example: an example\n  FAILED: it broke\n");
}

TEST_CASE("the closing lines count targets and name those that were missed") {
  Report report = example_report();
  report.rows[0].targets = {{Relation::at_least, 10, ""},
                            {Relation::at_least, 3, "peer"},
                            {Relation::at_least, 3, "somebody else"}};
  CHECK(closing_text(report) ==
        "  missed: example >= 3 x peer, is 2\n"
        "targets: 1 met, 1 missed, 1 not measured\n");
}

TEST_CASE("the README's table has its own rows, without targets") {
  Report report = example_report();
  report.rows.push_back(example_row());
  report.rows[1].name = "chunk-1";
  report.rows[1].what = "one item a task";
  report.rows[1].targets = {{Relation::at_least, 3, "peer"}};
  CHECK(markdown_table(report, Choice::readme) ==
        "| work | forkmap | limits and peers (x: forkmap's figure divided by theirs) |\n"
        "| --- | --- | --- |\n"
        "| one item a task | 10 items/s | limit: 20 (x 0.5)<br>peer: 5 (x 2)<br>slow: 1 (x 10)<br>"
        "fast: 2 (x 5) |\n"
        "\n"
        "a processor, 2 cores, Linux 6.1, a compiler, 2026-01-02; medians of 3 runs, with fewer "
        "items (a quick run).\n");
}

TEST_CASE("the whole table has every row, with its name and its targets") {
  Report report = example_report();
  report.rows[0].targets = {{Relation::at_least, 3, "peer"}, {Relation::at_least, 10, ""}};
  const std::string table = markdown_table(report, Choice::all);
  CHECK(table.find("\n| `example` | an example | 10 items/s | limit: 20") != std::string::npos);
  CHECK(table.find("| >= 3 x peer: **missed**<br>>= 10 items/s |\n") != std::string::npos);
}

TEST_CASE("a table is put between its two marks, and nowhere else") {
  const std::string document =
      "before\n<!-- performance table -->\nold\n<!-- end -->\nafter\n<!-- end -->\n";
  CHECK(table_in(document) == "old\n");
  CHECK(with_table(document, "new\n") ==
        "before\n<!-- performance table -->\nnew\n<!-- end -->\nafter\n<!-- end -->\n");
  CHECK_THROWS_AS(with_table("nothing", "new\n"), std::runtime_error);
  CHECK_THROWS_AS(table_in("<!-- performance table -->\nopen"), std::runtime_error);
}
