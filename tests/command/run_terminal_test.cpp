// SPDX-License-Identifier: Apache-2.0
// A run on a terminal: Ctrl-C, Ctrl-Z and fg, a terminal that is closed, a reader that goes away.

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/output_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/command/terminal.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

namespace {

Launch on_terminal(const OutputRun& run, const std::vector<std::string>& more = {}) {
  return launch_of(run.with(more));
}

// An interactive shell with job control, which says "@@" when it waits for a command.
Launch shell() {
  Launch launch;
  launch.command = {"/bin/bash", "--norc", "--noprofile", "--noediting", "-i"};
  launch.environment = {{"PS1", "@@"}, {"HISTFILE", ""}, {"TERM", "dumb"}};
  return launch;
}

bool is_done(const OutputRun& run, std::size_t lines) {
  return count_of(run.output(), "\n") >= lines;
}

const std::string kSleep = test_plugin("faulty") + ":sleep_ms";

// Words of a run whose items from that one on wait for the file "gate".
std::string waiting_at(int item, const TestFolder& folder) {
  return "--param at=" + std::to_string(item) + " --param gate=" + folder.path() + "/gate " +
         test_plugin("gates") + ":wait_at";
}

// Of the shell, the run that it has started; 0 if there is none.
pid_t run_of(pid_t shell) {
  const auto children = children_of(shell);
  return children.empty() ? 0 : children.front();
}

std::vector<pid_t> workers_of(pid_t host) {
  if (host == 0) return {};
  const auto zygotes = children_of(host);
  return zygotes.empty() ? std::vector<pid_t>{} : children_of(zygotes.front());
}

bool all_stopped(const std::vector<pid_t>& pids) {
  return std::ranges::all_of(pids, [](pid_t pid) { return state_of(pid) == 'T'; });
}

}  // namespace

TEST_CASE("Ctrl-C lets what runs finish, and --resume then gives the undisturbed file") {
  const OutputRun run({});
  const auto items = run.held(run.folder.file("items", numbers(300)));
  Terminal terminal(on_terminal(run, items));
  REQUIRE(comes_true([&] { return is_done(run, 3); }));
  terminal.type(kControlC);
  REQUIRE(terminal.shows("SIGINT: no more items are started"));
  wait_until_ending(terminal.pid());
  run.open_gate();
  CHECK(terminal.wait() == 128 + SIGINT);
  const std::size_t lines = count_of(run.output(), "\n");
  CHECK(lines >= 3);
  CHECK(lines < 300);
  // What was finished is kept: all that the output holds is in the last record.
  CHECK(contains(run.journal(), "\"items\":" + std::to_string(lines)));
  CHECK(run.to_its_end(run.held(run.folder.path() + "/items", {"--resume"})).status == 0);
  CHECK(run.output() == numbers(300));
}

TEST_CASE("a second Ctrl-C does not wait for what runs") {
  Terminal terminal(launch_of({"run", kSleep, "-j2", "--chunk", "1", "1", "600000", "600000"}));
  REQUIRE(terminal.shows("1\r\n"));
  terminal.type(kControlC);
  REQUIRE(terminal.shows("once more stops at once"));
  terminal.type(kControlC);
  CHECK(terminal.wait() == 128 + SIGINT);
  CHECK(contains(terminal.shown(), "SIGINT: stopped at once"));
}

TEST_CASE("Ctrl-Z stops the workers, too, no time limit runs meanwhile, and fg goes on") {
  const TestFolder folder;
  Terminal terminal(shell());
  REQUIRE(terminal.shows("@@"));
  terminal.forget_shown();
  terminal.type(std::string(FORKMAP_COMMAND) + " run -j2 --retries 0 --timeout 4s " +
                waiting_at(2, folder) + " 1 2 3\n");
  REQUIRE(terminal.shows("\n1\r\n"));
  const pid_t host = run_of(terminal.pid());
  REQUIRE(host != 0);
  const std::vector<pid_t> workers = workers_of(host);
  REQUIRE(workers.size() == 2);
  terminal.type(kControlZ);
  REQUIRE(comes_true([&] { return state_of(host) == 'T' && all_stopped(workers); }));
  REQUIRE(terminal.shows("Stopped"));
  std::this_thread::sleep_for(4500ms);  // longer than the limit
  CHECK(all_stopped(workers));
  (void)folder.file("gate", "open");
  terminal.type("fg; echo ended with $?\n");
  REQUIRE(terminal.shows("2\r\n3\r\n"));
  REQUIRE(terminal.shows("ended with 0"));
  CHECK_FALSE(contains(terminal.shown(), "TimedOut"));
}

TEST_CASE("a terminal that is closed ends the run by SIGHUP when what runs is finished") {
  const OutputRun run({});
  const auto items = run.held(run.folder.file("items", numbers(300)));
  {
    Terminal terminal(on_terminal(run, items));
    REQUIRE(comes_true([&] { return is_done(run, 3); }));
    terminal.close();
    wait_until_ending(terminal.pid());
    run.open_gate();
    CHECK(terminal.wait() == 128 + SIGHUP);
  }
  const std::size_t lines = count_of(run.output(), "\n");
  CHECK(lines < 300);
  CHECK(contains(run.journal(), "\"items\":" + std::to_string(lines)));
  CHECK(run.to_its_end(run.held(run.folder.path() + "/items", {"--resume"})).status == 0);
  CHECK(run.output() == numbers(300));
}

TEST_CASE("a run that writes to the terminal which is closed ends by SIGHUP, too") {
  const TestFolder folder;
  Terminal terminal(launch_of({"run", kSleep, "-j1", "--chunk", "1", "--input",
                               folder.file("items", same_items(5000, "5"))}));
  REQUIRE(terminal.shows("5\r\n5\r\n"));
  terminal.close();
  CHECK(terminal.wait() == 128 + SIGHUP);
}

TEST_CASE("a shell whose terminal is closed sends a second SIGHUP, which is part of the first") {
  const TestFolder folder;
  const OutputRun run(
      {kSleep, "-j2", "--input", folder.file("items", "1\n1500\n600000\n600000\n")});
  pid_t host = 0;
  {
    Terminal terminal(shell());
    REQUIRE(terminal.shows("@@"));
    std::string line = FORKMAP_COMMAND;
    for (const std::string& word : run.with({"--chunk", "1", "--grace", "20s"})) line += " " + word;
    terminal.type(line + " --retries 0\n");
    REQUIRE(comes_true([&] { return is_done(run, 1); }));
    host = run_of(terminal.pid());
    REQUIRE(host != 0);
    terminal.close();
    (void)terminal.wait();
  }
  // The item of a second and a half has its time to finish; nothing else is waited for as long.
  REQUIRE(comes_true([&] { return is_done(run, 2); }));
  ::kill(host, SIGTERM);
  // Its parent is gone, too; whoever inherits it may not look after it.
  CHECK(comes_true([&] { return state_of(host) == '\0' || state_of(host) == 'Z'; }));
  CHECK(run.output() == "1\n1500\n");
}

TEST_CASE("head -1 takes its line, and the run ends quietly with 141") {
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "yes 3 | " FORKMAP_COMMAND
                    " run arith:square | head -1; exit ${PIPESTATUS[1]}"};
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.status == 141);
  CHECK(ended.output == "9\n");
  CHECK(ended.errors == "");
}

TEST_CASE("without workers an interrupt ends the run at once, and --resume goes on") {
  const TestFolder folder;
  const OutputRun run({test_plugin("gates") + ":wait_at", "--param", "at=3000", "--param",
                       "gate=" + folder.path() + "/gate", "--input",
                       folder.file("items", "1\n2\n3\n3000\n4\n")});
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(number);
    ChildProcess process(launch_of(run.with({"--serial", "--overwrite"})));
    run.wait_for_record(process);
    REQUIRE(run.records() > 0);
    process.signal(number);
    const Ended ended = process.finish();
    CHECK(ended.signal == number);
  }
  (void)folder.file("gate", "open");
  const Ended resumed = run.to_its_end({"--serial", "--resume"});
  CHECK(resumed.status == 0);
  CHECK(run.output() == "1\n2\n3\n3000\n4\n");
}

namespace {

const std::string kBarRun = std::string(FORKMAP_COMMAND) + " run -j1 --chunk 1 " + kSleep +
                            " 200 201 202 203 204 205 > /dev/null";
constexpr std::string_view kErased = "\r\x1b[K";

// What stood on the line of the bar, one after the other.
std::vector<std::string> bars_of(const std::string& shown) {
  std::vector<std::string> bars;
  for (auto at = shown.find(kErased); at != std::string::npos; at = shown.find(kErased, at + 1)) {
    const auto begin = at + kErased.size();
    const std::string bar = shown.substr(begin, shown.find('\r', begin) - begin);
    if (contains(bar, "%")) bars.push_back(bar);
  }
  return bars;
}

}  // namespace

TEST_CASE("a bar is drawn in the foreground, and a job in the background leaves the prompt alone") {
  Terminal terminal(shell());
  REQUIRE(terminal.shows("@@"));
  terminal.forget_shown();
  terminal.type(kBarRun + "; echo fore''ground over\n");
  REQUIRE(terminal.shows("foreground over"));
  CHECK(contains(terminal.shown(), " %, "));
  CHECK(contains(terminal.shown(), " of 6 done, 0 failed"));
  terminal.forget_shown();
  terminal.type(kBarRun + " & wait; echo back''ground over\n");
  REQUIRE(terminal.shows("background over"));
  CHECK_FALSE(contains(terminal.shown(), kErased));
  CHECK_FALSE(contains(terminal.shown(), " done, "));
}

TEST_CASE("a bar that is sent to the background goes, and comes back with fg") {
  const TestFolder folder;
  Terminal terminal(shell());
  REQUIRE(terminal.shows("@@"));
  terminal.type(std::string(FORKMAP_COMMAND) + " run -j1 --chunk 1 " + waiting_at(5, folder) +
                " 1 2 3 4 5 6 7 8 9 > /dev/null\n");
  REQUIRE(terminal.shows(" of 9 done"));
  terminal.type(kControlZ);
  REQUIRE(terminal.shows("Stopped"));
  REQUIRE(terminal.shows("@@"));
  terminal.type("bg; sleep 1.5; echo back''ground over\n");
  REQUIRE(terminal.shows("@@"));
  terminal.forget_shown();
  REQUIRE(terminal.shows("background over"));
  CHECK_FALSE(contains(terminal.shown(), kErased));
  terminal.forget_shown();
  terminal.type("fg; echo ended with $?\n");
  REQUIRE(terminal.shows(" of 9 done"));
  (void)folder.file("gate", "open");
  REQUIRE(terminal.shows("ended with 0"));
}

TEST_CASE("a bar on a narrow terminal fits it, or is not drawn") {
  const int columns = GENERATE(10, 3, 30);
  CAPTURE(columns);
  Terminal terminal(shell());
  REQUIRE(terminal.shows("@@"));
  terminal.resize(columns, 24);
  terminal.forget_shown();
  terminal.type(kBarRun + "; echo bar''s over\n");
  REQUIRE(terminal.shows("bars over"));
  const auto bars = bars_of(terminal.shown());
  CHECK(bars.empty() == (columns == 3));
  for (const std::string& bar : bars) {
    CAPTURE(bar);
    CHECK(bar.size() < static_cast<std::size_t>(columns));
    CHECK_FALSE(contains(bar, "\n"));
  }
}
