// SPDX-License-Identifier: Apache-2.0
// Standard error that somebody shares, reads slowly or not at all; limits of file sizes.

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/command/output_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using forkmap::base::make_pipe;
using forkmap::base::Pipe;
using forkmap::base::UniqueFd;

namespace {

std::string quoted_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += "'" + word + "' ";
  return line;
}

// A shell script with $F, $FAULTY and $HERE, in a process for which no signal is ignored.
Ended script(const TestFolder& folder, const std::string& text) {
  Launch launch;
  launch.command = {"/usr/bin/env", "--default-signal", "/bin/bash", "-c", text};
  launch.environment = {{"F", FORKMAP_COMMAND},
                        {"FAULTY", faulty()},
                        {"PRINTS", test_plugin("descriptors")},
                        {"HERE", folder.path()}};
  return ChildProcess(launch).finish();
}

enum class Channel { pipe, socket };

Pipe small_channel(Channel kind) {
  if (kind == Channel::pipe) {
    Pipe pipe = make_pipe();
    REQUIRE(::fcntl(pipe.write.get(), F_SETPIPE_SZ, 4096) >= 4096);
    return pipe;
  }
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const int bytes = 4096;
  REQUIRE(::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// What a run says on a standard error that does not block and has room for a page, when its reader
// takes a little now and then. Whoever shares it finds it as it was.
std::string slowly_read_errors(std::vector<std::string> words, Channel kind = Channel::pipe) {
  Pipe pipe = small_channel(kind);
  REQUIRE(::fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK) == 0);
  const UniqueFd shared(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, 3));
  if (words.front() != "shell") words.insert(words.begin(), "run");
  words.insert(words.begin(), FORKMAP_COMMAND);
  const std::string line = "exec " + quoted_words(words) + "> /dev/null";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe.write.get(), STDERR_FILENO);
    ::execl("/bin/bash", "bash", "-c", line.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  pipe.write.reset();
  std::string text;
  std::array<char, 777> piece;
  int status = 0;
  REQUIRE(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) == 0);
  for (bool has_ended = false;;) {
    const ssize_t size = ::read(pipe.read.get(), piece.data(), piece.size());
    if (size > 0) {
      text.append(piece.data(), static_cast<std::size_t>(size));
    } else if (has_ended) {
      break;
    } else {
      has_ended = ::waitpid(child, &status, WNOHANG) == child;
    }
    std::this_thread::sleep_for(1ms);
  }
  CHECK(WIFEXITED(status));
  CHECK((::fcntl(shared.get(), F_GETFL) & O_NONBLOCK) != 0);
  return text;
}

}  // namespace

TEST_CASE("messages to a standard error that does not block all arrive, whole") {
  std::vector<std::string> words = {"-j1", "--chunk", "1", faulty() + ":throw_long_text"};
  for (int i = 0; i < 10; ++i) words.push_back(std::to_string(3000 + i));
  const std::string errors = slowly_read_errors(words);
  CHECK(count_of(errors, "forkmap: item ") == 10);
  CHECK(count_of(errors, "\n") == 10);
  for (int i = 1; i <= 10; ++i) CHECK(contains(errors, "forkmap: item " + std::to_string(i) + " "));
}

TEST_CASE("lines of functions on a standard error that does not block all arrive") {
  // 1000 lines of 80 characters, from two workers.
  const std::string errors = slowly_read_errors({"-j2", "--chunk", "1", "--worker-output", "tag",
                                                 faulty() + ":print_junk", "40000", "40000"});
  CHECK(count_of(errors, std::string(79, 'j')) == 1000);
}

TEST_CASE("where nobody reads standard error, functions that print give their results") {
  const std::string where = GENERATE("stderr", "tag", "discard");
  CAPTURE(where);
  const TestFolder folder;
  // The reader is gone before the run begins.
  const Ended ended = script(folder,
                             "exec 3> >(exit); wait $!\n"
                             "$F run -j2 --chunk 1 --worker-output " +
                                 where + " $PRINTS:print 10 20 5000 30 2>&3; echo $?\n");
  CHECK(ended.output == "10\n20\n5000\n30\n0\n");
}

TEST_CASE("in a serial run whose standard error takes nothing, functions that print give results") {
  const std::string where =
      GENERATE("$F run --serial $PRINTS:print 10 20 5000 30 2>&3",
               "trap '' PIPE; $F run --serial $PRINTS:print 10 20 5000 30 2>&3",
               "$F run --serial $PRINTS:print 10 20 5000 30 2> /dev/full",
               "$F run --serial $PRINTS:print 10 20 5000 30 2>&-");
  CAPTURE(where);
  const TestFolder folder;
  const Ended ended = script(folder, "exec 3> >(exit); wait $!\n" + where + "; echo $?\n");
  CHECK(ended.output == "10\n20\n5000\n30\n0\n");
}

TEST_CASE("a full standard output is an error of results and of help, also in a serial run") {
  const TestFolder folder;
  const Ended ended = script(folder,
                             "$F run --serial $PRINTS:print 10 > /dev/full; echo $? >&2\n"
                             "$F run --help > /dev/full; echo $? >&2\n");
  CHECK(count_of("\n" + ended.errors, "\n3\n") == 2);
}

TEST_CASE("lines of functions of a serial run arrive on a standard error that does not block") {
  const Channel channel = GENERATE(Channel::pipe, Channel::socket);
  const std::string errors =
      slowly_read_errors({"--serial", faulty() + ":print_junk", "40000", "40000"}, channel);
  CHECK(count_of(errors, std::string(79, 'j')) == 1000);
}

TEST_CASE("lines of functions of a serial map of the shell arrive on one that does not block") {
  const TestFolder folder;
  const std::string statements =
      folder.file("script", "load " + test_plugin("descriptors") + "\nserial print 2000\n");
  const std::string errors = slowly_read_errors({"shell", statements});
  CHECK(count_of(errors, "to standard error\n") == 2000);
}

TEST_CASE("messages that nobody reads cost a run nothing") {
  const TestFolder folder;
  const Ended ended = script(folder,
                             "exec 3> >(exit); wait $!\n"
                             "$F run -j2 --summary arith:square 1 x 3 2>&3; echo $?\n");
  CHECK(ended.output == "1\n9\n1\n");
}

TEST_CASE("a SIGPIPE that the caller ignores is ignored in workers, too, and only then") {
  const TestFolder folder;
  const Ended ended = script(folder,
                             "$F run $FAULTY:changed_signals 1\n"
                             "trap '' PIPE; $F run $FAULTY:changed_signals 1\n");
  CHECK(ended.output == "0\n1\n");
}

TEST_CASE("discard discards standard output and standard error of functions, and no message") {
  const TestFolder folder;
  const Ended ended =
      script(folder,
             "$F run --worker-output discard $PRINTS:print 10 20\n"
             "$F run --worker-output discard --retries 0 $FAULTY:throw_on_three 1 3; echo $?\n");
  CHECK(ended.output == "10\n20\n1\n1\n");
  CHECK(count_of(ended.errors, "\n") == 1);
  CHECK(contains(ended.errors, "forkmap: item 2 (\"3\")"));
}

TEST_CASE("an output that reaches the limit of file sizes ends a run with 3 and its name") {
  const TestFolder folder;
  folder.file("I", numbers(60'000));
  std::string bad;
  for (int i = 0; i < 4000; ++i) bad += "x\n";
  folder.file("bad", bad);
  // 100 KiB; without workers, whose lanes take more.
  const Ended ended =
      script(folder,
             "cd $HERE; ulimit -S -f 100\n"
             "$F run --serial arith:square --input I --output O; echo $?\n"
             "$F run --serial arith:square --input I > out; echo $?\n"
             "$F run --serial arith:square --input bad --failures f 2>&1 | grep ' f: '\n"
             "$F run --serial arith:square --input I --joblog log > /dev/null; echo $?\n"
             "$F run --serial arith:square --input I --trace trace > /dev/null; echo $?\n"
             "ulimit -S -f unlimited\n"
             "$F run --serial arith:square --input I --output O --resume; echo $?\n");
  INFO(ended.errors);
  CHECK(ended.output == "3\n3\nforkmap: cannot write to f: File too large\n3\n3\n0\n");
  CHECK(contains(ended.errors, "cannot write results to O: File too large"));
  CHECK(contains(ended.errors,
                 "results to standard output (" + folder.path() + "/out): File too large"));
  CHECK(contains(ended.errors, "cannot write to log: File too large"));
  CHECK(contains(ended.errors, "cannot write to trace: File too large"));
  CHECK((folder.read("O") == squares(60'000)));
}

TEST_CASE("an output of a pool that reaches the limit of file sizes can be resumed") {
  const TestFolder folder;
  folder.file("I", numbers(2'500'000));
  const Ended ended = script(folder,
                             "cd $HERE; ulimit -S -f 18000\n"
                             "$F run -j2 arith:square --input I --output O; echo $?\n"
                             "ulimit -S -f unlimited\n"
                             "$F run -j2 arith:square --input I --output O --resume; echo $?\n");
  INFO(ended.errors);
  CHECK(ended.output == "3\n0\n");
  CHECK(contains(ended.errors, "cannot write results to O: File too large"));
  CHECK((folder.read("O") == squares(2'500'000)));
}

TEST_CASE("a limit of file sizes that leaves no room for a lane is named with its remedy") {
  const TestFolder folder;
  const Ended ended = script(folder, "ulimit -S -f 100; $F run arith:square 1; echo $?\n");
  CHECK(ended.output == "3\n");
  CHECK(contains(ended.errors, "RLIMIT_FSIZE (ulimit -f)"));
}
