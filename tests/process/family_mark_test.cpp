// SPDX-License-Identifier: Apache-2.0
#include "core/process/family_mark.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;

namespace {

// Words of the page.
constexpr std::size_t kOrphan = 1;

bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

// Starts a child whose child, in a session of its own, runs `body`. Returns when the child is
// reaped, so that the grandchild is an orphan, with that one's pid.
template <class Body>
pid_t start_orphan(const SharedPage& page, const Body& body) {
  page.word(kOrphan).store(0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      ::setsid();
      page.word(kOrphan).store(static_cast<std::uint64_t>(::getpid()));
      body();
      ::_exit(0);
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  wait_until([&] { return page.word(kOrphan) != 0; }, "an orphan");
  return static_cast<pid_t>(page.word(kOrphan).load());
}

}  // namespace

TEST_CASE("an orphan that has ended is reaped while its worker lives; a child stays the worker's") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) {
              const pid_t own = ::fork();
              if (own == 0) ::_exit(5);
              siginfo_t info{};
              ::waitid(P_PID, static_cast<id_t>(own), &info, WEXITED | WNOWAIT);
              for (int i = 0; i < 300; ++i) {
                const pid_t orphan = start_orphan(page, [] {});
                wait_until([&] { return is_gone(orphan); }, "an orphan's end");
              }
              int status = 0;
              return ::waitpid(own, &status, 0) == own && WEXITSTATUS(status) == 5 ? 7 : 8;
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0);
  const auto exited = team.expect(EventKind::exited);
  REQUIRE(WIFEXITED(exited.event.status));
  CHECK(WEXITSTATUS(exited.event.status) == 7);
}

TEST_CASE("a process is known as a worker's by its mark, also behind exec, and as nobody else's") {
  CHECK(family_of(::getpid()).is_known);
  CHECK(family_of(::getpid()).worker == 0);
  const pid_t zygote = ::getpid();
  const pid_t worker = fork_and_run([zygote] {
    if (!mark_family(zygote)) return 1;
    ::execl("/bin/sh", "sh", "-c", "(sleep 1000) & kill -STOP $$; kill $!; exit 3", nullptr);
    return 2;
  });
  int status = 0;
  REQUIRE(::waitpid(worker, &status, WUNTRACED) == worker);
  REQUIRE(WIFSTOPPED(status));
  CHECK(family_of(worker).worker == worker);
  const pid_t stranger = fork_and_run([worker] { return family_of(worker).worker != 0 ? 1 : 0; });
  CHECK(exit_status_of(stranger) == 0);
  REQUIRE(::kill(worker, SIGCONT) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOWAIT) == 0);
  CHECK(family_of(worker).worker == worker);  // a zombie
  CHECK(exit_status_of(worker) == 3);
}
