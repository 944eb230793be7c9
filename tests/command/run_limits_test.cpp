// SPDX-License-Identifier: Apache-2.0
// What a run is limited to: time of items, and when it gives up.

#include <signal.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

TEST_CASE("an item that runs too long is TimedOut, and told with its limit and a replay line") {
  const Ended ended = run_forkmap({"run", "--timeout", "500ms", "--retries", "0",
                                   faulty() + ":hang_on_three", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n2\n4\n5\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors,
                 "item 3 (\"3\"): TimedOut: faulty:hang_on_three: it ran longer than "
                 "500 ms (timeout), and worker "));
  CHECK(contains(ended.errors, "(attempt 1 of 1)"));
  CHECK(contains(ended.errors, "run --serial --first-item 3 "));
  CHECK_FALSE(contains(ended.errors, "--timeout"));
}

TEST_CASE(
    "a timed out item is tried again as often as --retries says, and is in the failures file") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "-j", "2", "--timeout", "0.2s", "--retries", "2", "--failures",
                   folder.path() + "/failed", faulty() + ":hang_on_three"},
                  numbers(1, 500));
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "\n") == 499);
  const json failure = json::parse(folder.read("failed"));
  CHECK(failure["item"] == 3);
  CHECK(failure["kind"] == "TimedOut");
  CHECK(failure["attempt"] == 3);
  CHECK(failure["signal_name"] == "SIGKILL");
}

TEST_CASE("a timeout in percent stops the item that is far slower than the others") {
  std::string items;
  for (int i = 0; i < 30; ++i) items += "20\n";
  items += "60000\n20\n20\n";
  const Ended ended = run_forkmap(
      {"run", "-j", "2", "--timeout", "20000%", "--retries", "0", faulty() + ":sleep_ms"}, items);
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "\n") == 32);
  CHECK(contains(ended.errors, "item 31 (\"60000\"): TimedOut"));
  CHECK(count_of(ended.errors, "TimedOut") == 1);
}

TEST_CASE("a timeout that is none, or that nobody can keep, is a usage error") {
  for (const std::string text : {"", "0", "-1s", "fast", "100%", "%", "-300%", "3.5%"}) {
    CAPTURE(text);
    const Ended ended = run_forkmap({"run", "--timeout", text, "arith:square", "1"});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "--timeout"));
    CHECK(ended.output == "");
  }
  const Ended serial = run_forkmap({"run", "--serial", "--timeout", "1s", "arith:square", "1"});
  CHECK(serial.status == 2);
  CHECK(contains(serial.errors, "--serial"));
}

TEST_CASE("soon,fail=1 starts nothing more, and what runs is finished") {
  // The second worker has its item begun when the first one's fails.
  const Ended ended =
      run_forkmap({"run", "-j", "2", "--chunk", "1", "--unordered", "--halt", "soon,fail=1",
                   "--reduce", "count", faulty() + ":throw_on_three"},
                  numbers(1, 100'000));
  CHECK(ended.status == 1);
  CHECK(
      contains(ended.errors, "1 item has failed (--halt soon,fail=1): no more items are started"));
  CHECK(count_of(ended.errors, "three is not allowed") == 1);

  // Item 2 runs when item 1 ends, and until the rule is met; those behind are taken back.
  const TestFolder folder;
  ChildProcess patient(
      launch_of({"run", "-j", "2", "--chunk", "1", "--halt", "soon,done=1", "--param",
                 "gate=" + folder.path() + "/gate", "--input",
                 folder.file("items", numbers(1, 100)), test_plugin("gates") + ":wait_each"}));
  REQUIRE(wait_until_runs(patient.pid(), {1, 2}));
  (void)folder.file("gate.1", "open");
  REQUIRE(patient.reads_error("1 item has finished (--halt soon,done=1)"));
  wait_until_ending(patient.pid());
  for (int item = 2; item <= 100; ++item) (void)folder.file("gate." + std::to_string(item), "open");
  const Ended waited = patient.finish();
  CHECK(waited.status == 0);
  CHECK(contains(waited.output, "1\n2\n"));
  CHECK(count_of(waited.output, "\n") <= 3);  // of each worker one more than the first
}

TEST_CASE("now,fail=1 stops what runs, also behind an item that takes for ever") {
  // Item 1 hangs, and results come in order; the failure of item 4 counts all the same.
  const Ended ended = run_forkmap({"run", "-j", "2", "--chunk", "1", "--retries", "0", "--halt",
                                   "now,fail=1", faulty() + ":hang_on_three"},
                                  "3\n1\n2\nx\n" + numbers(10, 1000));
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "1 item has failed (--halt now,fail=1): the run stops"));
  CHECK(contains(ended.errors, "item 4 (\"x\"): BadItem"));
  CHECK(contains(ended.output, "1\n2\n"));
  CHECK_FALSE(contains(ended.errors, "WorkerDied"));
  CHECK(contains(ended.errors, "items that were read and not finished: "));
}

TEST_CASE("enough successes are a success, whatever has failed") {
  const Ended ended = run_forkmap(
      {"run", "-j", "1", "--chunk", "1", "--halt", "now,success=3", faulty() + ":throw_on_three"},
      "3\n1\n3\n2\n4\n" + numbers(5, 2000));
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "1\n2\n4\n"));
  CHECK(contains(ended.errors, "items have succeeded (--halt now,success=3)"));
  // The items behind wait for what never comes: whoever does not stop them does not end.
  const TestFolder folder;
  const Ended stopped =
      run_forkmap({"run", "-j", "1", "--chunk", "1", "--halt", "now,success=3", "--param", "at=5",
                   "--param", "gate=" + folder.path() + "/gate", test_plugin("gates") + ":wait_at"},
                  "x\n1\ny\n2\n4\n" + numbers(5, 2000));
  CHECK(stopped.status == 0);
  CHECK(stopped.output == "1\n2\n4\n");
  CHECK(contains(stopped.errors, "3 items have succeeded (--halt now,success=3)"));
  CHECK(count_of(stopped.errors, "BadItem") == 2);
}

TEST_CASE("done=N ends with what has failed so far, and is no failure if nothing has") {
  const Ended calm =
      run_forkmap({"run", "-j", "1", "--chunk", "1", "--halt", "now,done=5", "arith:square"},
                  numbers(1, 50'000));
  CHECK(calm.status == 0);
  CHECK(contains(calm.output, "1\n4\n9\n16\n25\n"));
  const Ended failing = run_forkmap(
      {"run", "-j", "1", "--chunk", "1", "--halt", "soon,done=5", faulty() + ":throw_on_three"},
      numbers(1, 50'000));
  CHECK(failing.status == 1);
}

TEST_CASE(
    "a share is one of all items: of arguments, of a file's lines, of a pipe once it has ended") {
  const TestFolder folder;
  const std::string file = folder.file("items", numbers(1, 1000));
  Launch from_file = launch_of({"run", "-j", "1", "--chunk", "1", "--input", file, "--halt",
                                "now,done=10%", faulty() + ":sleep_ms"});
  const Ended mapped = ChildProcess(from_file).finish();
  CHECK(mapped.status == 0);
  CHECK(contains(mapped.errors, " of 1000 items have finished"));
  const Ended arguments = run_forkmap({"run", "-j", "1", "--chunk", "1", "--halt", "now,fail=25%",
                                       faulty() + ":throw_on_three", "3", "1", "2", "3"});
  CHECK(arguments.status == 1);
  CHECK(contains(arguments.errors, " of 4 items ha"));  // one, or both
  const Ended sharded = run_forkmap({"run", "-j", "1", "--chunk", "1", "--input", file, "--shard",
                                     "2/3", "--halt", "soon,done=10%", faulty() + ":sleep_ms"});
  CHECK(contains(sharded.errors, " of 333 items have finished"));
  const Ended piped = run_forkmap(
      {"run", "-j", "1", "--chunk", "1", "--halt", "now,fail=20%", faulty() + ":throw_on_three"},
      "3\n3\n1\n2\n3\n");
  CHECK(contains(piped.errors, " of 5 items ha"));  // one, or more
}

TEST_CASE("the rule is looked at once more at the end, where its share is known at the latest") {
  const TestFolder folder;
  for (const std::string mode : {"-j1", "-j2", "--serial"}) {
    CAPTURE(mode);
    // Three of five succeed, and the others are then no failures; a pipe says so at its end only.
    const Ended enough =
        run_forkmap({"run", mode, "--halt", "soon,success=60%", faulty() + ":throw_on_three"},
                    "3\n1\n3\n2\n4\n");
    CHECK(enough.status == 0);
    CHECK(enough.output == "1\n2\n4\n");
    CHECK(contains(enough.errors, "3 of 5 items have succeeded (--halt soon,success=60%)"));
    const Ended more =
        run_forkmap({"run", mode, "--halt", "soon,success=61%", faulty() + ":throw_on_three"},
                    "3\n1\n3\n2\n4\n");
    CHECK(more.status == 1);
    CHECK_FALSE(contains(more.errors, "--halt"));
    const Ended none =
        run_forkmap({"run", mode, "--halt", "now,fail=1%", "arith:square"}, "1\n2\n");
    CHECK(none.status == 0);
    CHECK(none.errors == "");
    CHECK(run_forkmap({"run", mode, "--halt", "now,done=100%", "arith:square"}, "").status == 0);
  }
}

TEST_CASE("what an earlier run has done is no failure of the one that goes on") {
  const TestFolder folder;
  const std::vector<std::string> command = {"run",
                                            "-j2",
                                            "--chunk",
                                            "1",
                                            "--unordered",
                                            "--input",
                                            folder.file("items", "100\n" + numbers(50)),
                                            "--output",
                                            folder.path() + "/O",
                                            "--param",
                                            "at=100",
                                            "--param",
                                            "gate=" + folder.path() + "/gate",
                                            test_plugin("gates") + ":wait_at"};
  {
    // The first item waits, and those behind it are done.
    ChildProcess killed(launch_of(command));
    while (!contains(folder.read("O.journal"), "\"also\"") && state_of(killed.pid()) != 'Z') {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    killed.signal(SIGKILL);
    REQUIRE(killed.finish().signal == SIGKILL);
  }
  (void)folder.file("gate", "open");
  std::vector<std::string> resumed = command;
  resumed.insert(resumed.end(), {"--resume", "--halt", "now,fail=1"});
  const Ended ended = run_forkmap(resumed);
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.errors, "--halt"));
  CHECK(count_of(folder.read("O"), "\n") == 51);
}

TEST_CASE("a serial run keeps the rule, too") {
  const Ended ended = run_forkmap({"run", "--serial", "--halt", "now,fail=1",
                                   faulty() + ":throw_on_three", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "1 item has failed (--halt now,fail=1)"));
}

TEST_CASE("a rule that is met by the last item changes nothing but the status") {
  const Ended ended = run_forkmap(
      {"run", "-j", "1", "--halt", "now,success=2", faulty() + ":throw_on_three", "1", "3", "2"});
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.errors, "not finished"));
  CHECK(run_forkmap({"run", "--halt", "now,fail", "arith:square", "1"}).status == 2);
}

TEST_CASE("memory that is too much is refused; slow, pinned and recycled workers run as ever") {
#if !defined(FORKMAP_SANITIZED)  // which ends a process that is refused memory
  const Ended refused = run_forkmap({"run", "-j", "1", "--memory", "64M", "--window-bytes",
                                     "200000000", faulty() + ":grow", "100", "100000000"});
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "item 2 (\"100000000\"): FunctionError"));
  CHECK(contains(refused.errors, "(memory)"));
#endif
  const Ended ended =
      run_forkmap({"run", "-j", "2", "--nice", "3", "--pin", "--recycle-age", "50ms",
                   "--recycle-growth", "1G", "--memory", "1G", "arith:square"},
                  numbers(1, 1000));
  CHECK(ended.status == 0);
  CHECK(ended.errors == "");
  CHECK(count_of(ended.output, "\n") == 1000);
}

TEST_CASE("sizes, times and steps that are none are usage errors, which say what is expected") {
  const std::string size = ": expected at least 1M, e.g. 500M or 2G\n";
  const std::string time = ": expected e.g. 10s or 2h\n";
  const std::string share = ": expected e.g. 5s or 250ms, or a share of the median, e.g. 300%\n";
  const std::vector<std::array<std::string, 4>> mistakes = {
      {"--memory", "lots", "size \"lots\"", size},
      {"--memory", "100", "size \"100\"", size},
      {"--memory", "-1G", "size \"-1G\"", size},
      {"--recycle-growth", "1X", "size \"1X\"", size},
      {"--recycle-age", "0", "time \"0\"", time},
      {"--recycle-age", "soon", "time \"soon\"", time},
      {"--timeout", "soon", "time \"soon\"", share},
      {"--timeout", "100%", "number \"100\"", ": expected a whole number from 101 to "},
      {"--grace", "x", "time \"x\"", ": expected e.g. 10s or 500ms\n"},
      {"--trace-limit", "1K", "size \"1K\"", ": expected at least 64K, e.g. 64M\n"},
      {"--halt", "now,fail", "rule \"now,fail\"",
       ": expected e.g. now,fail=1 or soon,success=10%, or never\n"},
      {"--delimiter", "ab", "delimiter \"ab\"", ": expected one byte, not a line end\n"},
      {"--nice", "20", "number \"20\"", ": expected a whole number from 0 to 19\n"},
      {"--nice", "-1", "number \"-1\"", ": expected a whole number from 0 to 19\n"},
  };
  for (const auto& [option, value, given, expected] : mistakes) {
    CAPTURE(option, value);
    const Ended ended = run_forkmap({"run", option, value, "arith:square", "1"});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, option + ": invalid " + given + expected));
  }
  for (const std::string option : {"--resume", "--overwrite"}) {
    const Ended ended = run_forkmap({"run", option, "arith:square", "1"});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, option + " needs --output FILE\n"));
  }
  CHECK(contains(run_forkmap({"run", "--trace-limit", "1M", "arith:square", "1"}).errors,
                 "--trace-limit needs --trace FILE\n"));
  for (const std::vector<std::string>& limit :
       {std::vector<std::string>{"--memory", "1G"}, {"--pin"}, {"--nice", "1"}}) {
    std::vector<std::string> arguments{"run", "--serial"};
    arguments.insert(arguments.end(), limit.begin(), limit.end());
    arguments.insert(arguments.end(), {"arith:square", "1"});
    const Ended ended = run_forkmap(arguments);
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, limit[0] + " cannot be used with --serial (no workers)"));
  }
}
