// SPDX-License-Identifier: Apache-2.0
// How a script for `forkmap shell` ends, and a session at a prompt. What statements do is in the
// scenario files.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

Ended run_script(const std::string& text) {
  const TestFolder folder;
  return run_forkmap({"shell", folder.file("script", text)});
}

// A session whose input and output are a terminal.
class Terminal {
 public:
  Terminal() {
    int fd = -1;
    child_ = ::forkpty(&fd, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      ::execl(FORKMAP_COMMAND, FORKMAP_COMMAND, "shell", nullptr);
      ::_exit(127);
    }
    terminal_ = forkmap::base::UniqueFd(fd);
  }
  ~Terminal() {
    terminal_.reset();  // a hangup
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& line) {
    const std::string typed = line + "\n";
    REQUIRE(::write(terminal_.get(), typed.data(), typed.size()) ==
            static_cast<::ssize_t>(typed.size()));
  }
  // Reads on until `text` has come; false if the session ends before.
  bool shows(const std::string& text) {
    while (seen_.find(text, read_up_to_) == std::string::npos) {
      char piece[1024];
      const ::ssize_t got = ::read(terminal_.get(), piece, sizeof(piece));
      if (got <= 0) return false;
      seen_.append(piece, static_cast<std::size_t>(got));
    }
    read_up_to_ = seen_.find(text, read_up_to_) + text.size();
    return true;
  }
  // The same, if it comes soon.
  bool shows_soon(const std::string& text) {
    pollfd ready = {.fd = terminal_.get(), .events = POLLIN, .revents = 0};
    while (seen_.find(text, read_up_to_) == std::string::npos) {
      char piece[1024];
      if (::poll(&ready, 1, 200) != 1) return false;
      const ::ssize_t got = ::read(terminal_.get(), piece, sizeof(piece));
      if (got <= 0) return false;
      seen_.append(piece, static_cast<std::size_t>(got));
    }
    return shows(text);
  }
  void interrupt() { REQUIRE(::write(terminal_.get(), "\x03", 1) == 1); }
  int status() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t child_ = -1;
  forkmap::base::UniqueFd terminal_;
  std::string seen_;
  std::size_t read_up_to_ = 0;
};

}  // namespace

TEST_CASE("a script whose expectations all hold ends with status 0") {
  const Ended ended =
      run_script("load arith\npool p workers=2\nmap p square 1..3\nexpect [1, 4, 9]");
  CHECK(contains(ended.output, "\n[1, 4, 9]\n"));
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("a failed expectation ends a script with line, expected and seen, and status 1") {
  const std::string begin = "load arith\npool p workers=2\n\nmap p square 1 x 3\n";
  const char* const wrong[][2] = {
      {"expect [1, 4, 9]", "[1, 4, 9]"},
      {"expect 1 9 9", "[1, 9, 9]"},
      {"expect []", "[]"},
      {"expect BadItem on 2 items", "BadItem on 2 items"},
      {"expect WorkerDied on 1 item", "WorkerDied on 1 item"},
      {"expect generation 2", "generation 2"},
      {"expect text \"nowhere\"", "text \"nowhere\""},
  };
  for (const auto& [statement, expected] : wrong) {
    const Ended ended = run_script(begin + statement + "\n!echo not reached\n");
    INFO(statement << "\n" << ended.errors);
    CHECK(ended.status == 1);
    CHECK(contains(ended.errors, "script:5: this was not expected\n"));
    CHECK(contains(ended.errors, std::string("  expected: ") + expected + "\n"));
    CHECK(contains(ended.errors, "  seen:     "));
    CHECK(!contains(ended.output, "not reached"));
  }
}

TEST_CASE("a wrong statement ends a script with its line and status 2") {
  for (const char* statement :
       {"load nowhere", "map p square 1", "frobnicate", "load", "sleep long", "!exit 1",
        "load \"arith", "collect p", "serial square 1"}) {
    const Ended ended = run_script(std::string(statement) + "\n!echo not reached\n");
    INFO(statement << "\n" << ended.errors);
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "script:1: "));
    CHECK(ended.output == "");
    // Also as the last one.
    CHECK(run_script(statement).status == 2);
  }
}

TEST_CASE("the error of a statement may be expected, and the script then goes on") {
  const Ended ended = run_script("load nowhere\nexpect text \"nowhere\"\n!echo reached\n");
  CHECK(ended.status == 0);
  CHECK(ended.output == "reached\n");
  const Ended other = run_script("load nowhere\nexpect text \"something else\"\n");
  CHECK(other.status == 1);
  CHECK(contains(other.errors, "seen:     an error: cannot load plugin nowhere"));
  CHECK(run_script("load nowhere\nexpect BadItem on 0 items\n").status == 1);
}

TEST_CASE("an expectation that is none, or is about nothing, is a wrong statement") {
  for (const char* script :
       {"expect 1\n", "load arith\nexpect\n", "load arith\nexpect generation x\n",
        "load arith\nexpect BadItem on many items\n", "load arith\nexpect BadItem\n"}) {
    INFO(script);
    CHECK(run_script(script).status == 2);
  }
}

TEST_CASE("a script comes from standard input with - or without a file") {
  const std::string script = "load arith\nserial square 7\nexpect 49\n";
  for (const auto& arguments : {std::vector<std::string>{"shell"}, {"shell", "-"}}) {
    const Ended ended = run_forkmap(arguments, script);
    CHECK(contains(ended.output, "\n[49]\n"));
    CHECK(!contains(ended.output, "forkmap>"));
    CHECK(ended.status == 0);
  }
  CHECK(contains(run_forkmap({"shell"}, "\nexpect 1\n").errors, "standard input:2: "));
}

TEST_CASE("a script that cannot be read, or two of them, are usage errors") {
  CHECK(run_forkmap({"shell", "/no/such/script"}).status == 2);
  CHECK(run_forkmap({"shell", "one", "two"}).status == 2);
}

TEST_CASE("at a prompt errors are shown and the session goes on") {
  Terminal terminal;
  REQUIRE(terminal.shows("forkmap> "));
  terminal.type("load nowhere");
  REQUIRE(terminal.shows("cannot load plugin nowhere"));
  REQUIRE(terminal.shows("forkmap> "));
  terminal.type("load arith");
  REQUIRE(terminal.shows("forkmap> "));
  terminal.type("pool p workers=2");
  REQUIRE(terminal.shows("forkmap> "));
  terminal.type("expect generation 9");
  REQUIRE(terminal.shows("this was not expected"));
  REQUIRE(terminal.shows("forkmap> "));
  terminal.type("map p square 1..5");
  REQUIRE(terminal.shows("[1, 4, 9, 16, 25]"));
  terminal.type("help");
  REQUIRE(terminal.shows("reduce NAME OP FUNCTION ITEMS"));
  terminal.type("quit");
  CHECK(terminal.status() == 0);
}

TEST_CASE("pools go on while a prompt waits") {
  const TestFolder folder;
  Terminal terminal;
  terminal.type("load " + test_plugin("faulty"));
  terminal.type("pool p workers=1 param=log=" + folder.path() + "/log");
  // Each item is logged and kills its worker, and only a host that goes on replaces that.
  terminal.type("start p crash_first_time 1..5");
  REQUIRE(terminal.shows("pool p: generation 1"));
  while (count_of(folder.read("log"), "\n") < 5) ::usleep(10'000);
  terminal.type("collect p");
  CHECK(terminal.shows("[1, 2, 3, 4, 5]"));
  terminal.type("quit");
  CHECK(terminal.status() == 0);
}

TEST_CASE("an interrupt at the prompt ends the map that runs, and neither session nor pool") {
  Terminal terminal;
  terminal.type("load " + test_plugin("faulty"));
  terminal.type("pool p workers=2");
  REQUIRE(terminal.shows("pool p: generation 1"));
  // The terminal drops what is typed and not read yet, so it may take more than one attempt.
  do {
    terminal.type("map p hang_on_three 1 2 3");
    (void)terminal.shows_soon("no such text");
    terminal.interrupt();
  } while (!terminal.shows_soon("Cancelled on 1 item (3)"));
  terminal.type("map p hang_on_three 1 2");
  CHECK(terminal.shows("[1, 2]"));
  terminal.type("quit");
  CHECK(terminal.status() == 0);
}
