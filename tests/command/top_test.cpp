// SPDX-License-Identifier: Apache-2.0
// forkmap top: one table, a live one, other numbers of workers.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/command/terminal.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kSleep = test_plugin("faulty") + ":sleep_ms";

// Two workers, each with an item that has no end; a third item is done.
class LongRun {
 public:
  LongRun() : process(launch_of({"run", "-j2", "--chunk", "1", kSleep, "1", "600000", "600000"})) {
    REQUIRE(process.reads("1\n"));
    REQUIRE(comes_true([this] {
      return running_items(status_of(process.pid())) == std::vector<std::uint64_t>{2, 3};
    }));
  }
  [[nodiscard]] std::string pid() const { return std::to_string(process.pid()); }
  ChildProcess process;
};

Ended top(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "top");
  return run_forkmap(std::move(arguments));
}

std::set<pid_t> live_workers(pid_t host) {
  std::set<pid_t> pids;
  const json status = status_of(host);
  for (const json& worker : status["workers"]) {
    const bool works = worker["state"] == "running" || worker["state"] == "idle";
    if (works) pids.insert(worker["pid"].get<pid_t>());
  }
  return pids;
}

}  // namespace

TEST_CASE("where nobody can look at it, top prints one table, or the status as it is") {
  LongRun run;
  const Ended table = top({run.pid()});
  CHECK(table.status == 0);
  CHECK(table.errors == "");
  CHECK(contains(table.output, "faulty:sleep_ms, pid " + run.pid() + ", running, "));
  CHECK(contains(table.output, "\n1 of 3 done, 0 failed\n"));
  CHECK(contains(table.output, " on the whole"));
  CHECK(count_of(table.output, "\n") == 6);
  CHECK(contains(table.output, "\nw0  "));
  CHECK(contains(table.output, "\nw1  "));
  CHECK(top({"--once", run.pid()}).status == 0);

  const Ended status = top({run.pid(), "--json"});
  CHECK(status.status == 0);
  CHECK(count_of(status.output, "\n") == 1);
  const json told = json::parse(status.output);
  CHECK(told["items"] == json({{"done", 1}, {"waiting", 0}, {"failed", 0}, {"total", 3}}));
  CHECK(running_items(told) == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("without a PID several runs are listed, and none of them is changed") {
  LongRun one;
  LongRun other;
  const Ended list = top({});
  CHECK(list.status == 0);
  CHECK(contains(list.output, one.pid()));
  CHECK(contains(list.output, other.pid()));
  CHECK(contains(list.output, "1 of 3 done, 0 failed"));
  for (const std::vector<std::string>& what :
       {std::vector<std::string>{"--workers", "3"}, {"--json"}}) {
    const Ended refused = top(what);
    CHECK(refused.status == 2);
    CHECK(contains(refused.errors, "name one by its PID"));
  }
}

TEST_CASE("the number of workers changes while a run goes on, and every item has its outcome") {
  std::string lines;
  for (int i = 0; i < 4000; ++i) lines += "5\n";
  ChildProcess run(launch_of({"run", "-j2", "--chunk", "1", kSleep}));
  run.write(lines);
  REQUIRE(run.reads("5\n"));
  const std::string pid = std::to_string(run.pid());
  const std::set<pid_t> two = live_workers(run.pid());
  REQUIRE(two.size() == 2);

  const Ended more = top({pid, "--workers", "4"});
  CHECK(more.output == "run " + pid + " goes on with 4 workers\n");
  CHECK(more.status == 0);
  REQUIRE(comes_true([&] { return live_workers(run.pid()).size() == 4; }));
  const std::set<pid_t> four = live_workers(run.pid());
  CHECK(std::ranges::includes(four, two));

  CHECK(top({pid, "--workers", "1"}).output == "run " + pid + " goes on with 1 worker\n");
  REQUIRE(comes_true([&] { return live_workers(run.pid()).size() == 1; }));
  REQUIRE(comes_true([&] { return children_of(children_of(run.pid()).at(0)).size() == 1; }));
  CHECK(status_of(run.pid())["workers_wanted"] == 1);

  CHECK(top({pid, "--workers", "3"}).status == 0);
  REQUIRE(comes_true([&] { return live_workers(run.pid()).size() == 3; }));
  const Ended ended = run.finish();
  CHECK(ended.status == 0);
  CHECK(ended.output == lines);
  CHECK(ended.errors == "");
}

TEST_CASE("a worker that has to go finishes its item first") {
  const TestFolder folder;
  ChildProcess run(
      launch_of({"run", "-j2", "--chunk", "1", "--retries", "0", "--param", "at=1", "--param",
                 "gate=" + folder.path() + "/gate", test_plugin("gates") + ":wait_at", "1", "2"}));
  REQUIRE(wait_for_status_socket(run.pid()));
  REQUIRE(comes_true([&] { return running_items(status_of(run.pid())).size() == 2; }));
  CHECK(top({std::to_string(run.pid()), "--workers", "1"}).status == 0);
  (void)folder.file("gate", "open");
  const Ended ended = run.finish();
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status == 0);
}

TEST_CASE("a run that is named while its workers start is waited for") {
  const TestFolder folder;
  ChildProcess run(launch_of({"run", "-j1", "--param", "begin=" + folder.path() + "/begin",
                              "--param", "at=1", "--param", "gate=" + folder.path() + "/gate",
                              test_plugin("gates") + ":wait_at", "1"}));
  ChildProcess shown(launch_of({"top", "--json", std::to_string(run.pid())}));
  wait_until_asleep(shown.pid());
  (void)folder.file("begin", "now");
  const Ended ended = shown.finish();
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "\"function\":\"gates:wait_at\""));
  (void)folder.file("gate", "open");
  CHECK(run.finish().output == "1\n");
}

TEST_CASE("a run without a status socket is not waited for") {
  const TestFolder folder;
  for (const std::string mode : {"--no-status", "--serial"}) {
    CAPTURE(mode);
    ChildProcess run(launch_of({"run", mode, "arith:square"}));
    run.write("3\n4\n");
    REQUIRE(run.reads("9\n"));
    const std::string pid = std::to_string(run.pid());
    const Ended ended = top({pid});
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "there is no run of process " + pid));
    CHECK(run.finish().status == 0);
  }
}

TEST_CASE("what is no run, or no number, is told") {
  CHECK(contains(top({"x"}).errors, "PID"));
  CHECK(top({"1", "2"}).status == 2);
  const Ended none = top({std::to_string(::getpid())});
  CHECK(none.status == 2);
  CHECK(contains(none.errors, "there is no run of process " + std::to_string(::getpid())));
  for (const std::string workers : {"0", "-1", "many", "4097"}) {
    CHECK(top({"--workers", workers}).status == 2);
  }
  CHECK(top({"--interval", "0"}).status == 2);
  CHECK(top({"--help"}).status == 0);
}

TEST_CASE("a run that is stopped is said to be, and answers when it goes on") {
  LongRun run;
  run.process.signal(SIGTSTP);
  REQUIRE(comes_true([&] { return state_of(run.process.pid()) == 'T'; }));
  const Ended silent = top({run.pid()});
  CHECK(silent.status == 3);
  CHECK(contains(silent.errors, "run " + run.pid() + " is stopped"));

  Terminal terminal(launch_of({"top", run.pid()}));
  REQUIRE(terminal.shows("run " + run.pid() + " is stopped"));
  run.process.signal(SIGCONT);
  REQUIRE(terminal.shows("1 of 3 done"));
  terminal.type("q");
  CHECK(terminal.wait() == 0);
}

TEST_CASE("on a terminal the table is live, keys change the run, and q gives the terminal back") {
  LongRun run;
  Terminal terminal(launch_of({"top", "--interval", "100ms", run.pid()}));
  REQUIRE(terminal.shows("1 of 3 done"));
  REQUIRE(terminal.shows("\nw1"));
  CHECK((terminal.mode().c_lflag & (ECHO | ICANON)) == 0);
  terminal.type("+");
  REQUIRE(terminal.shows(", 3 workers"));
  REQUIRE(terminal.shows("\nw2"));
  terminal.forget_shown();
  terminal.type("-");
  REQUIRE(terminal.shows(", 2 workers"));
  // A narrow window: nothing is wrapped.
  terminal.resize(30, 5);
  std::this_thread::sleep_for(300ms);
  terminal.forget_shown();
  REQUIRE(terminal.shows("more lines"));
  terminal.forget_shown();
  REQUIRE(terminal.shows("more lines"));
  const std::string frame = terminal.shown().substr(terminal.shown().find("\x1b[H") + 3);
  CHECK(frame.find("\x1b[K") <= 30);
  CHECK(count_of(frame.substr(0, frame.find("more lines")), "\n") == 4);
  terminal.type("q");
  REQUIRE(terminal.shows("\x1b[?1049l"));
  CHECK(terminal.wait() == 0);
  CHECK(state_of(run.process.pid()) != 'Z');
}

TEST_CASE("a signal ends top with the terminal as it was") {
  LongRun run;
  for (const int number : {SIGTERM, SIGINT}) {
    Launch launch;
    launch.command = {"/bin/bash", "-c",
                      "stty -a; " FORKMAP_COMMAND " top " + run.pid() + "; stty -a"};
    Terminal terminal(launch);
    REQUIRE(terminal.shows("1 of 3 done"));
    const std::string before = terminal.shown().substr(0, terminal.shown().find("\x1b["));
    ::kill(children_of(terminal.pid()).at(0), number);
    REQUIRE(terminal.shows("\x1b[?25h\x1b[?1049l"));
    (void)terminal.wait();
    // A shell whose command ended by SIGINT ends, too.
    if (number == SIGTERM) CHECK(count_of(terminal.shown(), before) == 2);
  }
}

TEST_CASE("Ctrl-Z puts the screen away, fg brings it back, and a run that ends ends top") {
  LongRun run;
  Launch launch;
  launch.command = {"/bin/bash", "--norc", "--noprofile", "--noediting", "-i"};
  launch.environment = {{"PS1", "@@"}, {"HISTFILE", ""}};
  Terminal terminal(launch);
  REQUIRE(terminal.shows("@@"));
  terminal.type(std::string(FORKMAP_COMMAND) + " top " + run.pid() + "\n");
  REQUIRE(terminal.shows("1 of 3 done"));
  terminal.forget_shown();
  terminal.type(kControlZ);
  REQUIRE(terminal.shows("\x1b[?1049l"));
  REQUIRE(terminal.shows("@@"));
  terminal.forget_shown();
  terminal.type("fg\n");
  REQUIRE(terminal.shows("\x1b[?1049h"));
  REQUIRE(terminal.shows("1 of 3 done"));
  terminal.forget_shown();
  run.process.signal(SIGKILL);
  REQUIRE(terminal.shows("run " + run.pid() + " has ended"));
  REQUIRE(terminal.shows("@@"));
}
