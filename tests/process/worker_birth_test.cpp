// SPDX-License-Identifier: Apache-2.0
//
// What a worker is born with, and how it may leave.
#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

// The status of a worker with that body.
int status_of(std::function<int(WorkerBirth)> body) {
  const SharedPage page;
  Team team(plan_of(std::move(body)), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  const auto exited = team.expect(EventKind::exited);
  return WIFEXITED(exited.event.status) ? WEXITSTATUS(exited.event.status)
                                        : -WTERMSIG(exited.event.status);
}

// 0 if the process has default dispositions and an empty mask.
int check_signals() {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGSEGV, SIGTTOU}) {
    if (::sigismember(&mask, number) != 0) return 1;
    struct sigaction action{};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_DFL) return 2;
  }
  return 0;
}

int score() {
  int value = 0;
  std::ifstream("/proc/self/oom_score_adj") >> value;
  return value;
}

std::string name() {
  std::array<char, 16> text{};
  ::prctl(PR_GET_NAME, text.data());
  return text.data();
}

// A file that a forked host's standard output is sent to.
class OutputFile {
 public:
  OutputFile() : fd_(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {
    if (!fd_) throw std::runtime_error("no temporary file");
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string content() const {
    std::ifstream file("/proc/self/fd/" + std::to_string(fd_.get()));
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  forkmap::base::UniqueFd fd_;
};

}  // namespace

TEST_CASE("A20: a worker has default dispositions and an empty mask, whatever the host has") {
  const pid_t host = fork_and_run([] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::signal(SIGTERM, SIG_IGN);
    ::signal(SIGUSR1, [](int) {});
    return status_of([](WorkerBirth) {
      if (const int wrong = check_signals(); wrong != 0) return wrong;
      // A shell that waits for a child of its own needs SIGCHLD.
      return std::system("sleep 0.05 & wait") == 0 ? 0 : 3;
    });
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("A20: zygote and workers of a host that blocks signals can be terminated") {
  const pid_t host = fork_and_run([] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::signal(SIGTERM, SIG_IGN);
    const SharedPage page;
    Team team(plan_of(&idle), page);
    team.expect(EventKind::ready);
    const auto worker = team.spawn(0);
    send_signal(worker.pidfd.get(), SIGTERM);
    if (WTERMSIG(team.expect(EventKind::exited).event.status) != SIGTERM) return 1;
    ::kill(team.zygote().pid(), SIGTERM);
    return wait_for_end(team.zygote().pidfd(), 60s) ? 0 : 2;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("A21: statuses are not lost in a host that ignores SIGCHLD") {
  const pid_t host = fork_and_run([] {
    ::signal(SIGCHLD, SIG_IGN);
    const SharedPage page;
    Team team(plan_of([](WorkerBirth) {
                ::raise(SIGBUS);
                return 0;
              }),
              page);
    team.expect(EventKind::ready);
    team.spawn(0);
    if (WTERMSIG(team.expect(EventKind::exited).event.status) != SIGBUS) return 1;
    ::kill(team.zygote().pid(), SIGKILL);
    if (!wait_for_end(team.zygote().pidfd(), 60s)) return 2;
    if (!team.zygote().ended()) return 3;
    return team.zygote().end_text() == "ended (this process does not keep exit statuses)" ? 0 : 4;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE(
    "a worker has a session, a name, no terminal, no core file and a higher score for the OOM "
    "killer") {
  const int score_of_host = score();
  CHECK(status_of([&](WorkerBirth) {
          if (::getsid(0) != ::getpid() || ::getpgrp() != ::getpid()) return 1;
          if (name() != "forkmap w0") return 2;
          char byte = 0;
          if (::read(STDIN_FILENO, &byte, 1) != 0 || std::getchar() != EOF) return 3;
          rlimit core{};
          ::getrlimit(RLIMIT_CORE, &core);
          if (core.rlim_cur > 1) return 4;
          if (score() != std::min(score_of_host + 200, 1000)) return 5;
          if (std::string(std::getenv("GFORTRAN_UNBUFFERED_PRECONNECTED")) != "1") return 6;
          int reaper = 0;
          ::prctl(PR_GET_CHILD_SUBREAPER, &reaper);
          return reaper == 0 ? 0 : 7;  // the zygote is
        }) == 0);
}

TEST_CASE("a worker may keep the host's limit on core files") {
  const SharedPage page;
  rlimit of_host{};
  ::getrlimit(RLIMIT_CORE, &of_host);
  ZygotePlan plan = plan_of([&](WorkerBirth) {
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    return core.rlim_cur == of_host.rlim_cur ? 0 : 1;
  });
  plan.keep_core_limit = true;
  Team team(plan, page);
  team.expect(EventKind::ready);
  team.spawn(0);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == 0);
}

TEST_CASE("a worker holds its lane's descriptors and none of the zygote's or of its siblings") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth birth) {
              page.word(1 + birth.id.slot).store(open_descriptors());
              page.word(5 + birth.id.slot).store(birth.inputs && birth.results ? 1 : 0);
              return idle(std::move(birth));
            }),
            page);
  team.expect(EventKind::ready);
  for (std::uint32_t slot = 0; slot < 3; ++slot) team.spawn(slot);
  wait_until([&] { return page.word(1) != 0 && page.word(2) != 0 && page.word(3) != 0; },
             "workers");
  CHECK(page.word(1).load() == page.word(3).load());
  // A worker has what others have opened in the host, and the two of its lane. The host has its own
  // besides: the page, the socket and the zygote's pidfd.
  CHECK(page.word(1).load() + 1 == open_descriptors());
  CHECK(page.word(5).load() == 1);
}

TEST_CASE("exit, quick_exit and pthread_exit of a worker never reach the host's handlers") {
  const pid_t host = fork_and_run([] {
    std::atexit([] { ::_exit(70); });
    std::at_quick_exit([] { ::_exit(71); });
    pthread_key_t key{};
    ::pthread_key_create(&key, [](void*) { ::_exit(72); });
    struct Destroyed {
      ~Destroyed() { ::_exit(73); }
    };
    const Destroyed of_the_host;
    ::pthread_setspecific(key, &key);
    if (status_of([](WorkerBirth) -> int { std::exit(3); }) != 3) return 1;
    if (status_of([](WorkerBirth) -> int { std::quick_exit(4); }) != 4) return 2;
    if (status_of([](WorkerBirth) -> int { ::pthread_exit(nullptr); }) != 243) return 3;
    if (status_of([](WorkerBirth) -> int {
          std::thread([] { std::exit(5); }).join();
          return 0;
        }) != 5) {
      return 4;
    }
    if (status_of([](WorkerBirth) {
          const pid_t child = ::fork();
          if (child == 0) std::exit(6);
          return exit_status_of(child);
        }) != 6) {
      return 5;
    }
    ::_exit(0);
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("an exception that leaves the worker's body ends the worker with its own status") {
  CHECK(status_of([](WorkerBirth) -> int { throw std::runtime_error("on purpose"); }) == 244);
  CHECK(status_of([](WorkerBirth) -> int { throw 1; }) == 244);
}

TEST_CASE("what a worker prints is flushed when it leaves, also by exit") {
  for (const bool by_exit : {false, true}) {
    const OutputFile file;
    const SharedPage page;
    Team team(plan_of([&](WorkerBirth) {
                std::fputs("to stdout, no newline", stdout);
                if (by_exit) std::exit(0);
                return 0;
              }),
              page);
    team.expect(EventKind::ready);
    team.spawn(0, 0, file.fd());
    team.expect(EventKind::exited);
    CHECK(file.content() == "to stdout, no newline");
  }
}

TEST_CASE("an output descriptor takes a worker's standard output and error, line by line") {
  const OutputFile file;
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth birth) {
              std::printf("one\n");
              std::fprintf(stderr, "two\n");
              std::printf("three\n");
              page.word(1).store(1);
              return idle(std::move(birth));
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0, 0, file.fd());
  wait_until([&] { return page.word(1) != 0; }, "the worker's output");
  CHECK(file.content() == "one\ntwo\nthree\n");
}

TEST_CASE("a worker's standard output goes where the plan says") {
  const auto printed_to = [](WorkerStdout where, int closed_in_host) {
    const OutputFile out;
    const OutputFile err;
    const pid_t host = fork_and_run([&] {
      ::dup2(out.fd(), STDOUT_FILENO);
      ::dup2(err.fd(), STDERR_FILENO);
      if (closed_in_host >= 0) ::close(closed_in_host);
      ZygotePlan plan = plan_of([](WorkerBirth) {
        std::fputs("O", stdout);
        std::fputs("E", stderr);
        return 0;
      });
      plan.worker_stdout = where;
      const SharedPage page;
      Team team(plan, page);
      team.expect(EventKind::ready);
      team.spawn(0);
      return WEXITSTATUS(team.expect(EventKind::exited).event.status);
    });
    CHECK(exit_status_of(host) == 0);
    return out.content() + "|" + err.content();
  };
  CHECK(printed_to(WorkerStdout::inherit, -1) == "O|E");
  CHECK(printed_to(WorkerStdout::to_stderr, -1) == "|OE");
  CHECK(printed_to(WorkerStdout::discard, -1) == "|");
  CHECK(printed_to(WorkerStdout::inherit, STDOUT_FILENO) == "|E");
}

TEST_CASE("A29: what the host has not flushed is printed once, by the host") {
  for (const bool with_own_buffer : {false, true}) {
    const OutputFile file;
    const pid_t host = fork_and_run([&] {
      ::dup2(file.fd(), STDOUT_FILENO);
      std::ios::sync_with_stdio(!with_own_buffer);
      std::printf("header");
      std::cout << " and more";
      const SharedPage page;
      ZygotePlan plan = plan_of([](WorkerBirth birth) {
        if (birth.id.slot % 2 == 0) std::cout << std::flush;
        if (birth.id.slot % 3 == 0) std::exit(0);
        return 0;
      });
      plan.preload.push_back({"flush", []() -> std::optional<std::string> {
                                std::fflush(stdout);
                                std::cout.flush();
                                return std::nullopt;
                              }});
      {
        Team team(plan, page);
        team.wait_for(EventKind::ready);
        for (std::uint32_t slot = 0; slot < 64; ++slot) {
          team.spawn(slot);
          team.expect(EventKind::exited);
        }
      }
      std::fflush(stdout);
      std::cout.flush();
      return 0;
    });
    CHECK(exit_status_of(host) == 0);
    CHECK(file.content() == "header and more");
  }
}
