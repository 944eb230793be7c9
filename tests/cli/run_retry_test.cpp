// SPDX-License-Identifier: Apache-2.0
// Items that failed are tried again, and told of in a log.

#include <chrono>
#include <filesystem>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

TEST_CASE("items that failed are run again with their numbers") {
  const TestFolder folder;
  const std::string failures = folder.path() + "/failed";
  const Ended first = run_forkmap({"run", "arith:divmod", "--failures", failures, "--chunk", "3"},
                                  "7\t2\n1\t0\n9\t2\nx\t1\n8\t3\n5\t0\n");
  REQUIRE(first.status == 1);
  REQUIRE(first.output == "3\t1\n4\t1\n2\t2\n");
  // Functions that can do more: hypot takes what divmod did not.
  const Ended second = run_forkmap({"run", "arith:hypot", "--retry-failures", failures, "--tag",
                                    "--format", "jsonl", "--failures", folder.path() + "/still"});
  CHECK(second.status == 1);
  CHECK(second.output ==
        "{\"item\":2,\"text\":\"1\\t0\",\"result\":1}\n{\"item\":6,\"text\":\"5\\t0\",\"result\":5}"
        "\n");
  CHECK(contains(second.errors, "item 4 (\"x\\t1\"): BadItem"));
  CHECK(contains(folder.read("still"), "{\"item\":4,\"text\":\"x\\t1\""));
}

TEST_CASE("functions see the index of then, with workers and without") {
  const TestFolder folder;
  const std::string failures = folder.file(
      "failed",
      "{\"item\":900,\"text\":\"1\"}\n{\"item\":17,\"text\":\"1\"}\n{\"item\":4,\"text\":"
      "{\"base64\":\"MQ==\"}}\n");
  std::string expected;
  for (const char* number : {"4", "17", "900"}) {
    expected +=
        run_forkmap({"run", test_plugin("faulty") + ":index_and_seed", "--first-item", number, "1"})
            .output;
  }
  REQUIRE(expected.starts_with("3\t"));
  REQUIRE(contains(expected, "\n899\t"));
  for (const char* way : {"-j2", "--serial"}) {
    const Ended ended = run_forkmap(
        {"run", test_plugin("faulty") + ":index_and_seed", "--retry-failures", failures, way});
    INFO(ended.errors);
    CHECK(ended.status == 0);
    CHECK(ended.output == expected);
  }
}

TEST_CASE("arguments that failed keep their columns") {
  const TestFolder folder;
  const std::string failures = folder.path() + "/failed";
  REQUIRE(run_forkmap({"run", "arith:divmod", "--failures", failures, "4", "0", "6", "3"}).status ==
          1);
  const Ended ended = run_forkmap({"run", "arith:hypot", "--retry-failures", failures});
  CHECK(ended.output == "4\n");
}

TEST_CASE("a retry can be resumed, too") {
  const TestFolder folder;
  const std::string failures = folder.file("failed", "{\"item\":5,\"text\":\"3\"}\n");
  const std::vector<std::string> run = {"run",     "arith:square", "--retry-failures",
                                        failures,  "--output",     folder.path() + "/O",
                                        "--resume"};
  CHECK(run_forkmap(run).status == 0);
  CHECK(folder.read("O") == "9\n");
  CHECK(contains(run_forkmap(run).errors, "is finished already: 1 item,"));
}

TEST_CASE("what is no file of failures is refused, and so are other items beside it") {
  const TestFolder folder;
  const auto refused = [&](const std::string& file, const std::vector<std::string>& more) {
    std::vector<std::string> all = {"run", "arith:square", "--retry-failures", file};
    all.insert(all.end(), more.begin(), more.end());
    const Ended ended = run_forkmap(all);
    CHECK(ended.status == 2);
    CHECK(ended.output == "");
    return ended.errors;
  };
  const std::string good = folder.file("good", "{\"item\":5,\"text\":\"3\"}\n");
  CHECK(contains(refused(folder.file("bad", "{\"item\":5,\"text\":\"3\"}\n3\n"), {}), "line 2"));
  CHECK(contains(refused(folder.file("zero", "{\"item\":0,\"text\":\"3\"}\n"), {}), "line 1"));
  CHECK(contains(refused(folder.file("code", "{\"item\":1,\"text\":{\"base64\":\"M=Q=\"}}\n"), {}),
                 "line 1"));
  CHECK(contains(refused(folder.path() + "/none", {}), "cannot read"));
  CHECK(contains(refused(folder.path(), {}),
                 "--retry-failures: cannot read " + folder.path() + ": Is a directory"));
  for (const std::string number :
       {"-1", "1.5", "0", "1e3", "\"1\"", "null", "18446744073709551616"}) {
    CAPTURE(number);
    const std::string errors =
        refused(folder.file("number", "{\"item\":" + number + ",\"text\":\"3\"}\n"), {});
    CHECK(contains(errors, "number, line 1: "));
    CHECK(contains(errors, "\"item\" is "));
    CHECK(contains(errors, "wanted: a whole number from 1"));
  }
  for (const std::string text : {"M=Q=", "MQ=", "MQ=?", "MQ==MQ=="}) {
    CAPTURE(text);
    const std::string errors =
        refused(folder.file("code", "{\"item\":1,\"text\":{\"base64\":\"" + text + "\"}}\n"), {});
    CHECK(contains(errors, "code, line 1: "));
    CHECK(contains(errors, "the base64 of its \"text\" is damaged"));
  }
  CHECK(contains(refused(folder.file("texts", "{\"item\":1,\"text\":{\"base64\":7}}\n"), {}),
                 "the base64 of its \"text\" is damaged"));
  CHECK(contains(refused(folder.file("texts", "{\"item\":1,\"text\":7}\n"), {}),
                 "\"text\" is neither"));
  CHECK(contains(refused(folder.file("texts", "{\"item\":1}\n"), {}), "it has no \"text\""));
  CHECK(contains(refused(folder.file("texts", "[1,2]\n"), {}), "it is no object"));
  CHECK(contains(refused(good, {"7"}), "no others"));
  CHECK(contains(refused(good, {"--shard", "1/2"}), "--shard"));
  CHECK(contains(refused(good, {"--failures", good}), "are the same file"));
  CHECK(folder.read("good") == "{\"item\":5,\"text\":\"3\"}\n");
}

namespace {

using Row = std::vector<std::string>;

// Lines of a log, split at TABs.
std::vector<Row> rows_of(const std::string& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Row& row = rows.emplace_back();
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '\t');) row.push_back(column);
  }
  return rows;
}

}  // namespace

TEST_CASE("a log of tasks has the columns of GNU parallel") {
  const TestFolder folder;
  const std::string log = folder.path() + "/log";
  const auto begin = std::chrono::system_clock::now().time_since_epoch();
  const Ended ended = run_forkmap({"run", test_plugin("faulty") + ":sleep_ms", "-j1", "--chunk",
                                   "1", "--joblog", log, "300", "x", "0"});
  REQUIRE(ended.status == 1);
  const auto rows = rows_of(folder.read("log"));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0] == Row{"Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval",
                       "Signal", "Command"});
  for (const Row& row : rows) REQUIRE(row.size() == 9);
  CHECK(rows[1][0] == "1");
  CHECK(rows[1][1] == ":");
  CHECK(std::stod(rows[1][2]) >= std::chrono::duration<double>(begin).count() - 0.01);
  CHECK(std::stod(rows[1][3]) >= 0.29);
  CHECK(Row(rows[1].begin() + 4, rows[1].end()) ==
        Row{"3", "4", "0", "0", "faulty:sleep_ms \"300\""});
  CHECK(Row(rows[2].begin() + 4, rows[2].end()) ==
        Row{"1", "0", "1", "0", "faulty:sleep_ms \"x\""});
  CHECK(std::stod(rows[3][2]) >= std::stod(rows[1][2]) + 0.29);
}

TEST_CASE("a log of tasks tells of deaths, and of chunks in one line") {
  const TestFolder folder;
  const std::string log = folder.path() + "/log";
  REQUIRE(run_forkmap({"run", test_plugin("faulty") + ":crash_on_three", "-j1", "--retries", "0",
                       "--joblog", log, "3"})
              .status == 1);
  const auto death = rows_of(folder.read("log"));
  REQUIRE(death.size() == 2);
  CHECK(death[1][6] == "0");
  CHECK(death[1][7] == "11");
  REQUIRE(run_forkmap({"run", "arith:square", "-j1", "--chunk", "4", "--joblog", log},
                      "1\n2\n3\n4\n5\n")
              .status == 0);
  const auto chunks = rows_of(folder.read("log"));
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[1][0] == "1");
  CHECK(chunks[1][8] == "arith:square (4 items)");
  CHECK(chunks[2][0] == "5");
  REQUIRE(run_forkmap({"run", "arith:square", "--serial", "--joblog", log, "7"}).status == 0);
  CHECK(rows_of(folder.read("log")).size() == 2);
  CHECK(run_forkmap({"run", "arith:square", "--joblog", "/dev/full", "7"}).status == 3);
}

TEST_CASE("a log of tasks goes on behind its last whole line") {
  const OutputRun run({"arith:square", "7"});
  const std::string log = run.folder.path() + "/log";
  const std::string line = "1\t:\t1.000\t     0.000\t1\t2\t0\t0\tarith:square \"7\"\n";
  for (const std::string& torn : {std::string("2\t:\t1."), std::string(10'000, 'x')}) {
    static_cast<void>(run.folder.file("log", line + torn));
    REQUIRE(run.to_its_end({"--overwrite", "--joblog", log}).status == 0);
    CHECK(rows_of(run.folder.read("log")).size() == 2);  // a new run writes it anew
    static_cast<void>(run.folder.file("log", line + torn));
    std::filesystem::remove(run.folder.path() + "/O");
    std::filesystem::remove(run.folder.path() + "/O.journal");
    REQUIRE(run.to_its_end({"--resume", "--joblog", log}).status == 0);
    const std::string text = run.folder.read("log");
    CHECK(text.starts_with(line));
    const auto rows = rows_of(text);
    REQUIRE(rows.size() == 2);
    CHECK(rows[1][8] == "arith:square \"7\"");
  }
  static_cast<void>(run.folder.file("log", "no line"));
  std::filesystem::remove(run.folder.path() + "/O");
  std::filesystem::remove(run.folder.path() + "/O.journal");
  REQUIRE(run.to_its_end({"--resume", "--joblog", log}).status == 0);
  CHECK(rows_of(run.folder.read("log")).size() == 2);
}
