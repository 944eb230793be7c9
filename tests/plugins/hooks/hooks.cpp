// SPDX-License-Identifier: Apache-2.0
//
// Plugins with a hook that is remarkable, one for each name that the build defines.
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include <forkmap/plugin.hpp>

namespace {

std::string kept;  // what the hook leaves for the functions

std::string kept_value(std::int64_t) { return kept; }

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
