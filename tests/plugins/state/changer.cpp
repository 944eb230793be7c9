// SPDX-License-Identifier: Apache-2.0
//
// A plugin that changes the state of its process: in its constructor what FORKMAP_TEST_LOADING
// names, in preload what FORKMAP_TEST_PRELOAD names, in a start hook what FORKMAP_TEST_START names,
// and in the function `change` what the item names. Other functions tell what an item finds.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cfenv>
#include <clocale>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

void change(const std::string& what) {
  if (what == "folder") {
    if (::chdir("/") != 0) throw std::runtime_error("chdir");
  } else if (what == "umask") {
    ::umask(0777);
  } else if (what == "process") {
    if (::fork() != 0) ::_exit(0);  // as daemon() does
  } else if (what == "processes") {
    ::unshare(CLONE_NEWPID);
  } else if (what == "alarm") {
    ::alarm(1);
  } else if (what == "timer") {
    itimerval soon{};
    soon.it_value.tv_usec = 300'000;
    ::setitimer(ITIMER_REAL, &soon, nullptr);
  } else if (what == "posix_timer") {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR2;
    timer_t timer{};
    itimerspec soon{};
    soon.it_value.tv_nsec = 300'000'000;
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) throw std::runtime_error("timer");
    ::timer_settime(timer, 0, &soon, nullptr);
  } else if (what == "file_size") {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  } else if (what == "output") {
    ::close(STDOUT_FILENO);
  } else if (what == "errors") {
    ::close(STDERR_FILENO);
  } else if (what == "non_blocking") {
    ::fcntl(STDERR_FILENO, F_SETFL, ::fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
  } else if (what == "priority") {
    ::setpriority(PRIO_PROCESS, 0, 5);
  } else if (what == "processors") {
    cpu_set_t one{};
    CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
    ::sched_setaffinity(0, sizeof one, &one);
  } else if (what == "locale") {
    if (std::setlocale(LC_ALL, "C.UTF-8") == nullptr) throw std::runtime_error("setlocale");
  } else if (what == "mask") {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  } else if (what == "rounding") {
    std::fesetround(FE_DOWNWARD);
  } else if (what == "traps") {
    ::feenableexcept(FE_DIVBYZERO | FE_INVALID);
  } else if (what == "name") {
    ::prctl(PR_SET_NAME, "somebody");
  } else if (what == "no_new_privileges") {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  } else if (what == "environment") {
    ::setenv("FORKMAP_TEST_CHANGED", "1", 1);
  } else if (what != "nothing") {
    throw std::invalid_argument("no such change: " + what);
  }
}

void change_as_told(const char* variable) {
  if (const char* const what = std::getenv(variable)) change(what);
}

__attribute__((constructor)) void on_load() { change_as_told("FORKMAP_TEST_LOADING"); }
void preload() { change_as_told("FORKMAP_TEST_PRELOAD"); }
void start() { change_as_told("FORKMAP_TEST_START"); }

std::string change_by_item(const std::string& what) {
  change(what);
  return what;
}

// What an item finds: "folder", "umask", ...
std::string find(const std::string& what) {
  if (what == "folder") {
    std::array<char, 4096> folder{};
    return ::getcwd(folder.data(), folder.size()) == nullptr ? "none" : folder.data();
  }
  if (what == "umask") {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return std::to_string(mask);
  }
  if (what == "locale") return std::setlocale(LC_ALL, nullptr);
  if (what == "mask") {
    sigset_t set;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &set);
    return ::sigismember(&set, SIGTERM) == 1 ? "blocked" : "free";
  }
  if (what == "timer") {
    itimerval timer{};
    ::getitimer(ITIMER_REAL, &timer);
    return timer.it_value.tv_sec + timer.it_value.tv_usec > 0 ? "runs" : "off";
  }
  if (what == "processors") {
    cpu_set_t set{};
    ::sched_getaffinity(0, sizeof set, &set);
    return std::to_string(CPU_COUNT(&set));
  }
  if (what == "priority") return std::to_string(::getpriority(PRIO_PROCESS, 0));
  if (what == "rounding") return std::fegetround() == FE_TONEAREST ? "nearest" : "other";
  if (what == "file_size") {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
  }
  if (what == "name") {
    std::array<char, 16> name{};
    ::prctl(PR_GET_NAME, name.data());
    return name.data();
  }
  if (what.starts_with("sleep")) {  // long enough for a timer to come
    ::usleep(600'000);
    return "slept";
  }
  return change_by_item(what.substr(what.find(' ') + 1));
}

// The classic: rounding of the library is changed by one argument.
double same(double x) {
  if (x < 0) std::fesetround(FE_DOWNWARD);
  if (x > 1e9) ::feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
  return x;
}
double third(double x) {
  if (x < 0) std::fesetround(FE_UPWARD);
  volatile double one = 1;
  return one / 3;
}
double tiny(double x) {
#if defined(__SSE__)
  if (x < 0) __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040U);  // FTZ and DAZ
#endif
  volatile double least = 4e-320;
  return least * 2;
}
float single(float x) {
  if (x < 0) std::fesetround(FE_DOWNWARD);
  volatile float one = 1;
  return one / 3;
}
double mean(std::span<const double> values) {
  volatile double sum = 0;
  for (const double value : values) sum = sum + value;
  if (values.empty()) std::fesetround(FE_UPWARD);
  volatile double one = 1;
  return sum + one / 3;
}
void thirds(std::span<const double> x, std::span<double> out) {
  volatile double one = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] < 0) std::fesetround(FE_UPWARD);
    out[i] = one / 3;
  }
}
std::int64_t whole(std::int64_t x) {  // integers only: put back after each task
  if (x < 0) std::fesetround(FE_UPWARD);
  return x;
}
std::string extended(const std::string& x) {  // of the x87
  if (x == "-") {
#if defined(__x86_64__)
    unsigned short word = 0;
    asm volatile("fnstcw %0" : "=m"(word));
    word = static_cast<unsigned short>((word & ~0xc00U) | 0x400U);
    asm volatile("fldcw %0" : : "m"(word));
#endif
  }
  return x;
}

}  // namespace

FORKMAP_PLUGIN("changer", "1.0",
               forkmap::function<change_by_item>("change", "Change what the item names."),
               forkmap::function<find>("find", "Return what the item finds, or change it."),
               forkmap::function<same>("same", "Return x; a negative one changes rounding."),
               forkmap::function<third>("third", "Return 1/3; a negative x changes rounding."),
               forkmap::function<tiny>("tiny", "Return 8e-320; a negative x flushes to zero."),
               forkmap::function<single>("single", "Return 1/3 as f32."),
               forkmap::function<mean>("mean", "Return the sum and a third."),
               forkmap::vectorized<thirds>("thirds", "Return 1/3 for many."),
               forkmap::function<whole>("whole", "Return x; a negative one changes rounding."),
               forkmap::function<extended>("extended", "Return x; - changes the x87's rounding."),
               forkmap::preload<preload>(), forkmap::start<start>())
