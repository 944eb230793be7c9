// SPDX-License-Identifier: Apache-2.0
// Each thing that a ProcessState lists is changed, found, and put back.

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <locale>
#include <string>

#include "core/base/memory_locks.hpp"
#include "core/base/process_state.hpp"
#include "tests/catch.hpp"

using forkmap::base::changes_text;
using forkmap::base::ProcessState;
using Outcome = forkmap::base::StateChange::Outcome;

namespace {

// What a change in a process of its own is told as, with its outcome, and whether a second look
// finds nothing more: "put_back: the umask".
std::string told_of(const std::function<void()>& change) {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(0);
    // Each an open file of its own, whatever the test was started with.
    for (const int fd : {0, 1, 2}) {
      const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      ::dup2(null, fd);
      ::close(null);
    }
    const ProcessState state;
    change();
    const auto changes = state.restore();
    std::string text;
    for (const auto& [outcome, name] :
         {std::pair{Outcome::put_back, "put back: "}, std::pair{Outcome::stays, "stays: "},
          std::pair{Outcome::lost, "lost: "}, std::pair{Outcome::harmless, "harmless: "}}) {
      const std::string what = changes_text(changes, outcome);
      if (!what.empty()) text += name + what + "; ";
    }
    const std::string again = changes_text(state.restore(), Outcome::put_back);
    if (!again.empty()) text += "still changed: " + again;
    const ssize_t written = ::write(ends[1], text.data(), text.size());
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string told;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    told.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  return told;
}

void arm(int which) {
  itimerval later{};
  later.it_value.tv_sec = 1000;
  ::setitimer(static_cast<__itimer_which_t>(which), &later, nullptr);
}

void limit(int resource, rlim_t soft) {
  rlimit limits{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
  limits.rlim_cur = soft;
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
}

}  // namespace

TEST_CASE("nothing is found where nothing was changed") {
  CHECK(told_of([] {}).empty());
  CHECK(told_of([] { (void)std::fegetround(); }).empty());
}

TEST_CASE("signals, mask and timers are put back") {
  CHECK(told_of([] { std::signal(SIGUSR1, SIG_IGN); }) == "put back: what SIGUSR1 does; ");
  CHECK(told_of([] {
          sigset_t set;
          ::sigfillset(&set);
          ::sigprocmask(SIG_BLOCK, &set, nullptr);
        }) == "put back: which signals are blocked; ");
  CHECK(told_of([] {
          static std::array<char, 65536> stack;
          stack_t other{};
          other.ss_sp = stack.data();
          other.ss_size = stack.size();
          ::sigaltstack(&other, nullptr);
        }) == "put back: the stack of signal handlers; ");
  const std::string timers = "put back: timers (alarm, setitimer, timer_create); ";
  CHECK(told_of([] { ::alarm(1000); }) == timers);
  for (const int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    CHECK(told_of([which] { arm(which); }) == timers);
  }
  CHECK(told_of([] {
          sigevent event{};
          event.sigev_notify = SIGEV_SIGNAL;
          event.sigev_signo = SIGKILL;
          timer_t timer{};
          itimerspec later{};
          later.it_value.tv_sec = 1000;
          if (::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
            ::timer_settime(timer, 0, &later, nullptr);
          }
        }) == timers);
}

TEST_CASE("a timer of the program that loading takes away or moves is put back") {
  CHECK(told_of([] {
          arm(ITIMER_REAL);
          const ProcessState state;
          ::alarm(0);
          (void)state.restore();
          itimerval now{};
          ::getitimer(ITIMER_REAL, &now);
          if (now.it_value.tv_sec < 990) ::_exit(2);
        }).starts_with("put back: timers"));
}

TEST_CASE("floating point is put back") {
  CHECK(told_of([] { std::fesetround(FE_UPWARD); }).starts_with("put back: how floating point"));
  CHECK(
      told_of([] { ::feenableexcept(FE_DIVBYZERO); }).starts_with("put back: how floating point"));
#if defined(__SSE__)
  CHECK(told_of([] {
          __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8000U);
        }).starts_with("put back: how floating point"));
#endif
  CHECK(told_of([] { std::feraiseexcept(FE_INEXACT); }).empty());
}

TEST_CASE("folder, umask and standard descriptors are put back") {
  CHECK(told_of([] {
          if (::chdir("/proc") != 0) ::_exit(3);
        }) == "put back: the working directory; ");
  CHECK(told_of([] { ::umask(0123); }) == "put back: the umask; ");
  for (const int fd : {0, 1, 2}) {
    const std::string text = "put back: descriptor " + std::to_string(fd) + "; ";
    CHECK(told_of([fd] { ::close(fd); }) == text);
    CHECK(told_of([fd] {
            const int null = ::open("/dev/zero", O_RDWR | O_CLOEXEC);
            ::dup2(null, fd);
          }) == text);
    CHECK(told_of([fd] { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }) == text);
    CHECK(told_of([fd] { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) ^ O_NONBLOCK); }) == text);
  }
}

TEST_CASE("what needs a descriptor of ours is lost where foreign code closes it") {
  const std::string told = told_of([] {
    if (::chdir("/proc") != 0) ::_exit(3);
    // What ProcessState keeps, and not the pipe of this test.
    for (int fd = 200; fd < 2000; ++fd) ::close(fd);
  });
  CHECK(told.find("lost: the working directory") != std::string::npos);
}

TEST_CASE("soft limits, processors and priority are put back") {
  for (const auto& [resource, name] :
       {std::pair{RLIMIT_FSIZE, "RLIMIT_FSIZE"}, std::pair{RLIMIT_CORE, "RLIMIT_CORE"},
        std::pair{RLIMIT_NOFILE, "RLIMIT_NOFILE"}, std::pair{RLIMIT_CPU, "RLIMIT_CPU"},
        std::pair{RLIMIT_STACK, "RLIMIT_STACK"}, std::pair{RLIMIT_AS, "RLIMIT_AS"}}) {
    CAPTURE(name);
    rlimit now{};
    ::getrlimit(resource, &now);
    const rlim_t other = resource == RLIMIT_NOFILE ? 64 : rlim_t{1} << 40U;
    const rlim_t wanted = std::min(now.rlim_max, other);
    if (wanted == now.rlim_cur) continue;
    CHECK(told_of([resource = resource, wanted] { limit(resource, wanted); }) ==
          "put back: " + std::string(name) + "; ");
  }
  cpu_set_t all{};
  REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
  if (CPU_COUNT(&all) > 1) {
    CHECK(told_of([] {
            cpu_set_t one{};
            CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
            ::sched_setaffinity(0, sizeof one, &one);
          }).starts_with("put back: the processors"));
  }
  CHECK(told_of([] {
          const sched_param none{};
          ::sched_setscheduler(0, SCHED_BATCH, &none);
        }) == "put back: the scheduling policy; ");
  // Whether a priority can be raised again depends on rights.
  const std::string nice = told_of([] { ::setpriority(PRIO_PROCESS, 0, 7); });
  CHECK((nice == "put back: the priority (nice); " || nice == "stays: the priority (nice); "));
}

TEST_CASE("locales are put back") {
  CHECK(told_of([] { std::setlocale(LC_ALL, "C.UTF-8"); }) == "put back: the locale; ");
  CHECK(told_of([] { std::locale::global(std::locale("C.UTF-8")); }) == "put back: the locale; ");
  CHECK(told_of([] {
          ::uselocale(::newlocale(LC_ALL_MASK, "C.UTF-8", static_cast<locale_t>(nullptr)));
        }) == "put back: the locale; ");
}

TEST_CASE("settings of prctl are put back") {
  CHECK(told_of([] { ::prctl(PR_SET_NAME, "somebody"); }) == "put back: the name of its process; ");
  for (const auto& [option, value] :
       {std::pair{PR_SET_PDEATHSIG, 9}, std::pair{PR_SET_CHILD_SUBREAPER, 1},
        std::pair{PR_SET_DUMPABLE, 0}, std::pair{PR_SET_KEEPCAPS, 1},
        std::pair{PR_SET_TIMERSLACK, 12345}}) {
    CAPTURE(option);
    CHECK(told_of([option = option, value = value] {
            ::prctl(option, value, 0, 0, 0);
          }).starts_with("put back: "));
  }
}

TEST_CASE("what cannot be put back is told as that") {
  CHECK(told_of([] { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }) ==
        "stays: PR_SET_NO_NEW_PRIVS; ");
  CHECK(told_of([] { ::setsid(); }) == "stays: its session or process group; ");
  CHECK(told_of([] { ::setenv("FORKMAP_TEST", "1", 1); }) == "harmless: environment variables; ");
  CHECK(told_of([] {
          const pid_t child = ::fork();
          if (child == 0) return;
          int status = 0;
          ::waitpid(child, &status, 0);
          ::_exit(WEXITSTATUS(status));
        }) == "stays: which process goes on (it forks; the child returns from loading); ");
  if (::geteuid() == 0) {
    for (const int kind : {CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS}) {
      CAPTURE(kind);
      CHECK(told_of([kind] {
              if (::unshare(kind) != 0) ::_exit(3);
            }) == "stays: its namespaces (unshare, setns); ");
    }
    CHECK(told_of([] {
            if (::setresuid(1, 1, 0) != 0) ::_exit(3);
          }).find("stays: its user or group ids") != std::string::npos);
  }
}

#if !defined(FORKMAP_SANITIZED)  // which makes mlockall() do nothing
TEST_CASE("locked memory is unlocked unless it was locked before") {
  const auto lock = [] {
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) ::_exit(3);
  };
  if (::geteuid() != 0) {
    SUCCEED("not run as root: others may lock too little");
    return;
  }
  CHECK(told_of(lock) == "put back: that all its memory is locked (mlockall); ");
  CHECK(told_of([lock] {
          lock();
          forkmap::base::StateChanges changes = forkmap::base::ProcessState().restore();
          if (!changes.empty() || !forkmap::base::fills_new_memory()) ::_exit(4);
        }) == "put back: that all its memory is locked (mlockall); ");
}
#endif

TEST_CASE("the umask is read without changing it") {
  const mode_t before = ::umask(0027);
  CHECK(forkmap::base::current_umask() == 0027);
  CHECK(::umask(before) == 0027);
}
