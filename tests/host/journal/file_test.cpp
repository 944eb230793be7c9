// SPDX-License-Identifier: Apache-2.0
// A journal on the disk, without a run.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <string>

#include "host/cli/usage_error.hpp"
#include "host/journal/file.hpp"
#include "tests/catch.hpp"
#include "tests/host/journal/example_journal.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;

TEST_CASE("a journal goes on behind its last whole record") {
  const forkmap::cli::TestFolder folder;
  const std::string path = folder.file("j", journal_text() + "0123 {\"sequence\":14");
  {
    JournalFile journal(path);
    const JournalContent content = journal.read();
    REQUIRE(content.last.record.sequence == 13);
    journal.go_on(content.last);
    JournalRecord next = content.last.record;
    next.sequence = 14;
    journal.append(next);
  }
  JournalRecord next = some_record();
  next.sequence = 14;
  next.output.bytes += 5;
  CHECK(folder.read("j") == journal_text() + to_line(next));
}

TEST_CASE("a journal is locked against other processes, not by what this one forks") {
  const forkmap::cli::TestFolder folder;
  const std::string path = folder.path() + "/j";
  const auto refused_elsewhere = [&path] {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        const JournalFile second(path);
        ::_exit(0);
      } catch (const UsageError&) {
        ::_exit(1);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
  };
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  pid_t inheritor = -1;
  {
    const JournalFile first(path);
    CHECK(refused_elsewhere());
    inheritor = ::fork();
    if (inheritor == 0) {
      char byte = 0;
      ::close(pipe[1]);
      [[maybe_unused]] const ssize_t got = ::read(pipe[0], &byte, 1);  // until the test closes it
      ::_exit(0);
    }
  }
  CHECK_FALSE(refused_elsewhere());
  ::close(pipe[0]);
  ::close(pipe[1]);
  ::waitpid(inheritor, nullptr, 0);
}
