// SPDX-License-Identifier: Apache-2.0
// A run that is told to end, whatever it is doing.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using forkmap::base::UniqueFd;

namespace {

// A FIFO that has a reader, who reads nothing.
class UnreadFifo {
 public:
  explicit UnreadFifo(const std::string& path) : path_(path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    reader_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(reader_);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_full() const {
    const UniqueFd writer(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    pollfd room{writer.get(), POLLOUT, 0};
    return writer && ::poll(&room, 1, 0) == 0;
  }

 private:
  std::string path_;
  UniqueFd reader_;
};

std::vector<pid_t> workers_of(pid_t host) {
  std::vector<pid_t> workers;
  for (const pid_t zygote : children_of(host)) {
    for (const pid_t worker : children_of(zygote)) workers.push_back(worker);
  }
  return workers;
}

std::vector<std::string> rows_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);) lines.push_back(line);
  return lines;
}

bool is_gone(pid_t pid) { return state_of(pid) == '\0' || state_of(pid) == 'Z'; }

bool all_gone(const std::vector<pid_t>& pids) { return std::ranges::all_of(pids, is_gone); }

// Twice, with so much time between them that they are two; where the run is so late with the first
// that they are one all the same, once more.
void signal_twice(const ChildProcess& process, int number) {
  process.signal(number);
  REQUIRE(comes_true([&] {
    std::this_thread::sleep_for(300ms);
    process.signal(number);
    std::this_thread::sleep_for(20ms);
    return is_gone(process.pid());
  }));
}

const std::string kSleep = faulty() + ":sleep_ms";

}  // namespace

TEST_CASE("a second signal ends a run whose results nobody reads, at its end or before") {
  const int number = GENERATE(SIGTERM, SIGINT, SIGHUP);
  // The results fit into the memory of the run, or not.
  const long items = GENERATE(30'000L, 3'000'000L);
  CAPTURE(number, items);
  const TestFolder folder;
  const UnreadFifo output(folder.path() + "/output");
  Launch launch =
      launch_of({"run", "-j2", "arith:square", "--input", folder.file("items", numbers(items))});
  launch.output_file = output.path();
  ChildProcess process(launch);
  REQUIRE(comes_true([&] { return output.is_full(); }));
  const std::vector<pid_t> zygotes = children_of(process.pid());
  process.signal(number);
  REQUIRE(process.reads_error("once more stops at once"));
  if (number == SIGHUP) std::this_thread::sleep_for(1100ms);  // else it is part of the first
  process.signal(number);
  const Ended ended = process.finish();
  CHECK(ended.status == 128 + number);
  CHECK(contains(ended.errors, ": stopped at once\n"));
  CHECK(comes_true([&] { return all_gone(zygotes); }));
}

TEST_CASE("results that are read after the first signal are all there") {
  const TestFolder folder;
  Launch launch =
      launch_of({"run", "-j2", "arith:square", "--input", folder.file("items", numbers(30'000))});
  const UnreadFifo output(folder.path() + "/output");
  launch.output_file = output.path();
  ChildProcess process(launch);
  REQUIRE(comes_true([&] { return output.is_full(); }));
  process.signal(SIGTERM);
  REQUIRE(process.reads_error("once more stops at once"));
  Launch reader;
  reader.command = {"/bin/cat", output.path()};
  const std::string read = ChildProcess(reader).finish().output;
  const Ended ended = process.finish();
  CHECK(ended.signal == SIGTERM);
  // Tasks that had not begun at the signal are left out, and those behind them may have run.
  const std::vector<std::string> given = rows_in(read);
  const std::vector<std::string> all = rows_in(squares(30'000));
  CHECK(!given.empty());
  auto place = all.begin();
  for (const std::string& line : given) {
    place = std::find(place, all.end(), line);
    if (place == all.end()) FAIL("this is no result, or not in its place: " << line);
    ++place;
  }
  if (contains(ended.errors, "all items are done")) CHECK(given.size() == all.size());
  CHECK(read.ends_with('\n'));
}

TEST_CASE("a second signal ends a run that waits for the reader of its messages") {
  const TestFolder folder;
  const UnreadFifo errors(folder.path() + "/errors");
  const std::string where = GENERATE("stderr", "tag");
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "exec " FORKMAP_COMMAND " run -j1 --retries 0 --worker-output " + where + " '" +
                        faulty() + ":print_junk' 300000 300000 2> " + errors.path()};
  ChildProcess process(launch);
  REQUIRE(comes_true([&] { return errors.is_full(); }));
  const std::vector<pid_t> zygotes = children_of(process.pid());
  signal_twice(process, SIGTERM);
  const Ended ended = process.finish();
  CHECK(ended.status == 128 + SIGTERM);
  CHECK(comes_true([&] { return all_gone(zygotes); }));
}

TEST_CASE("a second signal ends a run that waits for the reader of another file of its") {
  const std::string option = GENERATE("--failures", "--joblog", "--trace");
  CAPTURE(option);
  const TestFolder folder;
  const UnreadFifo file(folder.path() + "/file");
  std::string bad;
  for (int i = 0; i < 60'000; ++i) bad += "x" + std::to_string(i) + "\n";
  ChildProcess process(launch_of({"run", "-j1", "--chunk", "1", "arith:square", "--input",
                                  folder.file("items", bad), option, file.path()}));
  REQUIRE(comes_true([&] { return file.is_full(); }));
  signal_twice(process, SIGTERM);
  const Ended ended = process.finish();
  CHECK(ended.status == 128 + SIGTERM);
}

TEST_CASE("an input without end or lines does not keep a run from hearing the first signal") {
  const std::string input = GENERATE("/dev/zero", "-");
  CAPTURE(input);
  Launch launch = launch_of({"run", "-j1", "arith:square", "--input", input});
  launch.input_file = "/dev/zero";
  ChildProcess process(launch);
  REQUIRE(wait_for_status_socket(process.pid()));  // it watches its signals by now
  process.signal(SIGTERM);
  const Ended ended = process.finish();
  CHECK(ended.signal == SIGTERM);
  CHECK(contains(ended.errors, "SIGTERM: no more items are started"));
}

TEST_CASE("a second signal ends hanging workers, also where their zygote is stopped") {
  const bool is_stopped = GENERATE(false, true);
  CAPTURE(is_stopped);
  ChildProcess process(launch_of(
      {"run", kSleep, "-j2", "--chunk", "1", "--grace", "100s", "1", "600000", "600000"}));
  REQUIRE(process.reads("1\n"));
  const std::vector<pid_t> zygotes = children_of(process.pid());
  const std::vector<pid_t> workers = workers_of(process.pid());
  REQUIRE(workers.size() == 2);
  process.signal(SIGTERM);
  REQUIRE(process.reads_error("once more stops at once"));
  if (is_stopped) REQUIRE(::kill(zygotes.front(), SIGSTOP) == 0);
  process.signal(SIGTERM);
  const Ended ended = process.finish();
  CHECK(ended.status == 128 + SIGTERM);
  CHECK(comes_true([&] { return all_gone(zygotes) && all_gone(workers); }));
}

TEST_CASE("what a journal has recorded before the second signal holds, and --resume goes on") {
  const TestFolder folder;
  const std::vector<std::string> run = {"run",
                                        test_plugin("gates") + ":wait_at",
                                        "--param",
                                        "at=700",
                                        "--param",
                                        "gate=" + folder.path() + "/gate",
                                        "-j1",
                                        "--chunk",
                                        "1",
                                        "--output",
                                        folder.path() + "/O"};
  const auto with = [&run](std::vector<std::string> items) {
    items.insert(items.begin(), run.begin(), run.end());
    return items;
  };
  ChildProcess process(launch_of(with({"1", "2", "3", "700", "4"})));
  REQUIRE(comes_true([&] { return count_of(folder.read("O"), "\n") >= 3; }));
  process.signal(SIGINT);
  REQUIRE(process.reads_error("once more stops at once"));
  process.signal(SIGINT);
  CHECK(process.finish().status == 128 + SIGINT);
  (void)folder.file("gate", "open");
  const Ended resumed = run_forkmap(with({"--resume", "1", "2", "3", "700", "4"}));
  INFO(resumed.errors);
  CHECK(resumed.status == 0);
  CHECK(folder.read("O") == "1\n2\n3\n700\n4\n");
}

TEST_CASE("signals that the caller has blocked are heard all the same") {
  Launch launch;
  launch.command = {"/usr/bin/env",
                    "--block-signal=TERM",
                    "--block-signal=INT",
                    FORKMAP_COMMAND,
                    "run",
                    kSleep,
                    "-j1",
                    "--chunk",
                    "1",
                    "1",
                    "600000"};
  ChildProcess process(launch);
  REQUIRE(process.reads("1\n"));
  process.signal(SIGTERM);
  REQUIRE(process.reads_error("once more stops at once"));
  process.signal(SIGTERM);
  CHECK(process.finish().status == 128 + SIGTERM);
}

TEST_CASE("an interrupt that the caller ignores is not heard, and SIGTERM is") {
  Launch launch;
  launch.command = {"/usr/bin/env",
                    "--ignore-signal=INT",
                    "--ignore-signal=HUP",
                    "--ignore-signal=TERM",
                    FORKMAP_COMMAND,
                    "run",
                    kSleep,
                    "-j1",
                    "--chunk",
                    "1",
                    "1",
                    "300",
                    "600000"};
  ChildProcess process(launch);
  REQUIRE(process.reads("1\n"));
  for (int i = 0; i < 3; ++i) {
    process.signal(SIGINT);
    process.signal(SIGHUP);
  }
  REQUIRE(process.reads("300\n"));
  CHECK(process.errors().empty());
  process.signal(SIGTERM);
  REQUIRE(process.reads_error("SIGTERM: no more items are started"));
  process.signal(SIGTERM);
  CHECK(process.finish().status == 128 + SIGTERM);
}
