// SPDX-License-Identifier: Apache-2.0
//
// Plugins with a hook that is remarkable, one for each name that the build defines.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include <forkmap/plugin.hpp>

namespace {

std::string kept;  // what the hook leaves for the functions

std::string kept_value(std::int64_t) { return kept; }

// As soon as this process waits for a word of another one (a worker for its first task), it is
// killed.
[[maybe_unused]] void die_at_first_wait() {
  struct sigaction action{};
  action.sa_handler = [](int) { ::kill(::getpid(), SIGKILL); };
  ::sigaction(SIGSYS, &action, nullptr);
  std::array<sock_filter, 4> filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {filter.size(), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw std::runtime_error("this system has no seccomp filters");
  }
}

void hook() {
#if defined(CASE_preload_parameter)
  kept = forkmap::parameter("calibration").value_or("no calibration");
#elif defined(CASE_preload_fails) || defined(CASE_start_fails)
  throw std::runtime_error("the calibration is missing");
#elif defined(CASE_preload_throws_int)
  throw 42;
#elif defined(CASE_preload_crashes) || defined(CASE_start_dies)
  std::abort();
#elif defined(CASE_preload_exits)
  std::exit(0);
#elif defined(CASE_start_exits)
  std::exit(3);
#elif defined(CASE_start_dooms)
  die_at_first_wait();
#elif defined(CASE_start_prints_to_nobody)
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  ::close(ends[0]);
  if (::write(ends[1], "x", 1) != 1) throw std::runtime_error("nobody reads");
#elif defined(CASE_preload_hangs) || defined(CASE_start_hangs)
  for (;;) ::pause();
#elif defined(CASE_thread_in_preload)
  std::thread([] {
    for (;;) ::pause();
  }).detach();
#elif defined(CASE_preload_forks)  // and comes back in both processes
  if (::fork() == -1) throw std::runtime_error("cannot fork");
#elif defined(CASE_preload_changes_folder)
  if (::chdir("/") != 0) throw std::runtime_error("cannot change the folder");
#elif defined(CASE_start_pid) || defined(CASE_stop_hangs) || defined(CASE_stop_crashes) || \
    defined(CASE_stop_fails)
  kept = std::to_string(::getpid());
#else
#error "no such case"
#endif
}

#if defined(CASE_stop_hangs)
void stop() {
  for (;;) ::pause();
}
#elif defined(CASE_stop_crashes)
void stop() { std::abort(); }
#elif defined(CASE_stop_fails)
void stop() { throw std::runtime_error("the farewell is missing"); }
#elif defined(CASE_preload_parameter)
void stop() { static_cast<void>(forkmap::parameter("farewell")); }
#else
void stop() {}
#endif

}  // namespace

#if defined(HOOK_preload)
FORKMAP_PLUGIN(PLUGIN_NAME, "1.0",
               forkmap::function<kept_value>("kept_value", "Return what the hook has kept."),
               forkmap::preload<hook>(), forkmap::stop<stop>())
#else
FORKMAP_PLUGIN(PLUGIN_NAME, "1.0",
               forkmap::function<kept_value>("kept_value", "Return what the hook has kept."),
               forkmap::start<hook>(), forkmap::stop<stop>())
#endif
