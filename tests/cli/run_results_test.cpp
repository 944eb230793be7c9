// SPDX-License-Identifier: Apache-2.0
// What results look like, and what becomes of standard output.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::string_literals;

namespace {

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

TEST_CASE("results are in the order of the items for any workers and chunks") {
  const std::string lines = numbers(1, 20000);
  std::string wanted;
  for (long i = 1; i <= 20000; ++i) wanted += std::to_string(i * i) + "\n";
  for (const char* workers : {"1", "2", "5"}) {
    for (const char* chunk : {"auto", "1", "777"}) {
      const Ended ended =
          run_forkmap({"run", "arith:square", "-j", workers, "--chunk", chunk}, lines);
      CHECK(ended.status == 0);
      CHECK((ended.output == wanted));
    }
  }
}

TEST_CASE("unordered results are the same lines") {
  const Ended ended = run_forkmap({"run", "arith:square", "--unordered", "-j3"}, numbers(1, 5000));
  CHECK(ended.status == 0);
  CHECK(sorted_lines(ended.output) ==
        sorted_lines(run_forkmap({"run", "arith:square"}, numbers(1, 5000)).output));
}

TEST_CASE("option --tag puts the item and a TAB before each result") {
  CHECK(run_forkmap({"run", "arith:square", "--tag", "1", "2", "3"}).output ==
        "1\t1\n2\t4\n3\t9\n");
  CHECK(run_forkmap({"run", "arith:hypot", "--tag"}, "3\t4\r\n").output == "3\t4\t5\n");
  CHECK(run_forkmap({"run", "arith:hypot", "--tag", "3", "4"}).output == "3\t4\t5\n");
  CHECK(run_forkmap({"run", "arith:square", "--tag"}, "1\nx\n3\n").output == "1\t1\n3\t9\n");
  CHECK(run_forkmap({"run", "-0", faulty() + ":echo", "--tag", "a\nb"}).output == "a\nb\ta\nb\0"s);
  CHECK(run_forkmap({"run", faulty() + ":echo", "--tag", "a\nb"}).output == "a\\nb\ta\\nb\n");
}

TEST_CASE("option --fill gives each failed item a line, so that output fits to input") {
  const Ended ended = run_forkmap({"run", "arith:square", "--fill", "NA"}, "1\nx\n3\ny\nz\n6\nq\n");
  CHECK(ended.output == "1\nNA\n9\nNA\nNA\n36\nNA\n");
  CHECK(ended.status == 1);
  CHECK(run_forkmap({"run", "arith:square", "--fill", ""}, "x\n2\n").output == "\n4\n");
  CHECK(run_forkmap({"run", "arith:square", "--fill", "-", "--tag"}, "x\n2\n").output ==
        "x\t-\n2\t4\n");
  CHECK(
      run_forkmap({"run", faulty() + ":crash_on_three", "--fill", "dead", "1", "3", "5"}).output ==
      "1\ndead\n5\n");
}

TEST_CASE("JSON lines carry number and result of each item") {
  CHECK(run_forkmap({"run", "arith:square", "--format", "jsonl", "2", "3"}).output ==
        "{\"item\":1,\"result\":4}\n{\"item\":2,\"result\":9}\n");
  CHECK(run_forkmap({"run", "arith:divmod", "--format", "jsonl", "7", "2"}).output ==
        "{\"item\":1,\"result\":[3,1]}\n");
  CHECK(run_forkmap({"run", faulty() + ":nothing", "--format", "jsonl", "7"}).output ==
        "{\"item\":1,\"result\":null}\n");
  CHECK(
      run_forkmap({"run", "arith:square", "--format", "jsonl", "--first-item", "10", "2"}).output ==
      "{\"item\":10,\"result\":4}\n");
}

TEST_CASE("in JSON nan and inf are strings, and what is not UTF-8 is base64") {
  CHECK(run_forkmap({"run", faulty() + ":echo_array", "--format=jsonl", "1,nan,-inf,inf"}).output ==
        "{\"item\":1,\"result\":[1,\"nan\",\"-inf\",\"inf\"]}\n");
  CHECK(run_forkmap({"run", faulty() + ":echo", "--format=jsonl", "\xfe", "\"\\\n"}).output ==
        "{\"item\":1,\"result\":{\"base64\":\"/g==\"}}\n{\"item\":2,\"result\":\"\\\"\\\\\\n\"}\n");
  CHECK(run_forkmap({"run", faulty() + ":echo_bytes", "--format=jsonl", "foobar"}).output ==
        "{\"item\":1,\"result\":{\"base64\":\"Zm9vYmFy\"}}\n");
  CHECK(run_forkmap({"run", "arith:hypot", "--format=jsonl", "inf", "1"}).output ==
        "{\"item\":1,\"result\":\"inf\"}\n");
}

TEST_CASE("JSON lines are JSON, and keep order and numbers beside failures") {
  const Ended ended = run_forkmap(
      {"run", faulty() + ":throw_on_three", "--format", "jsonl", "--tag", "--fill", "none"},
      numbers(1, 4));
  std::istringstream stream(ended.output);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::json::parse(line);
    CHECK(json["item"] == ++number);
    CHECK(json["text"] == std::to_string(number));
    if (number == 3) {
      CHECK(json["error"] == "FunctionError");
      CHECK(json["fill"] == "none");
    } else {
      CHECK(json["result"] == number);
    }
  }
  CHECK(number == 4);
}

TEST_CASE("a reduction prints one value") {
  const std::string lines = numbers(1, 20);
  CHECK(run_forkmap({"run", "-p", "arith", "-j", "2", "--reduce", "sum", "square"}, lines).output ==
        "2870\n");
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "min"}, lines).output == "1\n");
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "max"}, lines).output == "400\n");
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "count"}, lines).output == "20\n");
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "mean"}, lines).output == "143.5\n");
  CHECK(run_forkmap({"run", faulty() + ":echo", "--reduce", "count"}, lines).output == "20\n");
  CHECK(
      run_forkmap({"run", "arith:square", "--reduce", "sum", "--format", "jsonl"}, lines).output ==
      "{\"sum\":2870}\n");
}

TEST_CASE("a reduction leaves out the item whose worker died, and says that it is partial") {
  const auto run = run_forkmap(
      {"run", faulty() + ":crash_on_three", "--reduce", "sum", "1", "2", "3", "4", "5"});
  CHECK(run.output == "");
  CHECK_THAT(run.errors, Catch::Contains("item 3 (\"3\"): WorkerDied") &&
                             Catch::Contains("partial sum, of the 4 items that did not fail: 12"));
  CHECK(run.status == 1);
}

TEST_CASE("a sum of 64-bit integers does not wrap") {
  const std::string big = "3037000499";  // its square is the largest that fits
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "sum", big, big, big}).output ==
        "27670116092778747003\n");
}

TEST_CASE("a reduction of floats is the same for any workers and chunks") {
  std::string lines;
  for (int i = 0; i < 3000; ++i)
    lines += std::to_string(i * 0.1) + "\t" + std::to_string(i * 0.7) + "\n";
  const std::string wanted =
      run_forkmap({"run", "arith:hypot", "--reduce", "sum", "-j1"}, lines).output;
  CHECK(wanted.size() > 5);
  CHECK(
      run_forkmap({"run", "arith:hypot", "--reduce", "sum", "-j3", "--chunk", "7"}, lines).output ==
      wanted);
  CHECK(
      run_forkmap({"run", "arith:hypot", "--reduce", "sum", "-j2", "--unordered"}, lines).output ==
      wanted);
  CHECK(run_forkmap({"run", "arith:hypot", "--reduce", "sum", "--serial"}, lines).output == wanted);
}

TEST_CASE("a reduction with a failed item prints the partial value to standard error only") {
  const Ended ended = run_forkmap({"run", "arith:square", "--reduce", "sum"}, "1\nx\n3\n");
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "partial sum, of the 2 items that did not fail: 10"));
  CHECK(ended.status == 1);
}

TEST_CASE("a reduction of nothing prints what there is") {
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "sum"}).output == "0\n");
  CHECK(run_forkmap({"run", "arith:square", "--reduce", "count"}).output == "0\n");
  const Ended mean = run_forkmap({"run", "arith:square", "--reduce", "mean"});
  CHECK(mean.output == "");
  CHECK(contains(mean.errors, "no item"));
  CHECK(mean.status == 0);
}

TEST_CASE("what cannot be reduced is a usage error") {
  for (const std::string& function : {faulty() + ":echo", "arith:divmod"s, faulty() + ":nothing"}) {
    const Ended ended = run_forkmap({"run", function, "--reduce", "sum", "1", "2"});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "--reduce sum needs"));
  }
}

TEST_CASE("standard output carries results only") {
  const Ended ended = run_forkmap({"run", "arith:square_verbose", "3"});
  CHECK(ended.output == "9\n");
  CHECK(contains(ended.errors, "calculating square of 3"));
  const Ended serial = run_forkmap({"run", "arith:square_verbose", "3", "--serial"});
  CHECK(serial.output == "9\n");
  CHECK(contains(serial.errors, "calculating square of 3"));
}

TEST_CASE("prints of functions and of their children never mix with results") {
  const Ended ended = run_forkmap({"run", faulty() + ":print_junk", "-j2"}, "1000000\n10\n100\n");
  CHECK(ended.output == "1000000\n10\n100\n");
  CHECK(count_of(ended.errors, "{\"id\":2}") == 3);
}

TEST_CASE("prints of functions can be tagged or discarded") {
  const Ended tagged =
      run_forkmap({"run", "arith:square_verbose", "-j1", "--worker-output", "tag", "3"});
  CHECK(tagged.output == "9\n");
  CHECK(contains(tagged.errors, "[w0 "));
  CHECK(contains(tagged.errors, "] Worker "));
  const Ended silent =
      run_forkmap({"run", "arith:square_verbose", "--worker-output", "discard", "3"});
  CHECK(silent.output == "9\n");
  CHECK(silent.errors == "");
}

TEST_CASE("what a constructor prints goes to standard error") {
  const Ended ended = run_forkmap({"run", test_plugin("prints_in_constructor") + ":identity", "7"});
  CHECK(ended.output == "7\n");
  CHECK(ended.status == 0);
}

TEST_CASE("a full disk ends the run with a message that names it") {
  Launch launch;
  launch.output_file = "/dev/full";
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{}, {"--serial"}}) {
    std::vector<std::string> arguments = {"run", "arith:square", "1", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run_forkmap(arguments, {}, launch);
    CHECK(contains(ended.errors, "No space left on device"));
    CHECK(ended.status == 3);
  }
}

TEST_CASE("a closed standard output is an error too") {
  Launch launch;
  launch.closed = {1};
  const Ended ended = run_forkmap({"run", "arith:square", "1"}, {}, launch);
  CHECK(contains(ended.errors, "standard output"));
  CHECK(ended.status == 3);
}

TEST_CASE("a reader that goes away ends the run quietly") {
  ChildProcess process(launch_of({"run", "arith:square", "--input", "/dev/stdin"}));
  process.write(numbers(1, 100));
  REQUIRE(process.reads("10000\n"));
  process.close_output();
  process.write(numbers(1, 100));
  const Ended ended = process.finish();
  CHECK(ended.status == 141);
  CHECK(ended.errors == "");
}
