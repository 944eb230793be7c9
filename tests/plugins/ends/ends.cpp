// SPDX-License-Identifier: Apache-2.0
//
// A plugin whose functions begin what the end of the process has to end, and whose own end is
// remarkable, by the name that the build defines. What is written goes to the files that
// FORKMAP_TEST_LOG and FORKMAP_TEST_ENDS name.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

const char* place(const char* variable) {
  const char* const path = std::getenv(variable);
  return path == nullptr ? "/dev/null" : path;
}

void note_end(const std::string& who) {
  if (std::FILE* const file = std::fopen(place("FORKMAP_TEST_ENDS"), "a")) {
    std::fprintf(file, "%s in the %s\n", who.c_str(), forkmap::in_worker() ? "worker" : "host");
    std::fclose(file);
  }
}

// Runs where it lives: in the host, and in each worker that leaves in peace.
struct Last {
  ~Last() {
    note_end("destructor");
#if defined(CASE_end_crashes)
    std::raise(SIGSEGV);
#elif defined(CASE_end_aborts)
    std::abort();
#elif defined(CASE_end_hangs)
    for (;;) ::pause();
#elif defined(CASE_end_hangs_deaf)
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    for (;;) ::pause();
#elif defined(CASE_end_exits)
    std::exit(5);
#elif defined(CASE_end_leaves)
    ::_exit(0);
#endif
  }
};
const Last last;

__attribute__((destructor)) void marked() { note_end("marked function"); }

std::int64_t log_stdio(std::int64_t x) {
  static std::FILE* const log = std::fopen(place("FORKMAP_TEST_LOG"), "a");
  std::fprintf(log, "%lld\n", static_cast<long long>(x));
  return x;
}

[[maybe_unused]] std::int64_t log_stream(std::int64_t x) {
  static std::ofstream log(place("FORKMAP_TEST_LOG"), std::ios::app);
  log << x << '\n';
  return x;
}

[[maybe_unused]] std::int64_t print(std::int64_t x) {
  static const bool is_apart = std::ios::sync_with_stdio(false);
  (void)is_apart;
  std::cout << "printed " << x << '\n';
  return x;
}

std::int64_t at_exit(std::int64_t x) {
  static const int registered = std::atexit([] { note_end("atexit handler"); });
  return registered == 0 ? x : -1;
}

[[maybe_unused]] std::int64_t log_then_exit(std::int64_t x) {
  if (x == 3) std::exit(0);
  return log_stdio(x);
}

// To a process that is slower than the end of its worker.
[[maybe_unused]] std::int64_t print_through(std::int64_t x) {
  static std::FILE* const cat = ::popen("sleep 0.3; exec cat", "w");
  std::fprintf(cat, "through %lld\n", static_cast<long long>(x));
  return x;
}

std::int64_t pass(std::int64_t x) { return x; }

[[maybe_unused]] std::int64_t end_process(std::int64_t x) {
  if (x == 3) std::exit(0);
  if (x == 4) std::quick_exit(0);
  if (x == 5) ::_exit(0);
  if (x == 6) ::kill(::getpid(), SIGKILL);
  if (x == 7) ::raise(SIGTERM);
  if (x == 8) ::pthread_exit(nullptr);
  return x;
}

}  // namespace

#if defined(CASE_end_declined)
FORKMAP_PLUGIN(PLUGIN_NAME, "1.0", forkmap::function<pass>("pass", "Return the argument."),
               forkmap::function<log_stdio>("log_stdio", "Log by stdio."),
               forkmap::function<at_exit>("at_exit", "Register an exit handler."),
               forkmap::leaves_at_once)
#else
FORKMAP_PLUGIN(PLUGIN_NAME, "1.0", forkmap::function<pass>("pass", "Return the argument."),
               forkmap::function<log_stdio>("log_stdio", "Log by stdio."),
               forkmap::function<log_stream>("log_stream", "Log by a stream."),
               forkmap::function<print>("print", "Print to std::cout."),
               forkmap::function<at_exit>("at_exit", "Register an exit handler."),
               forkmap::function<print_through>("print_through", "Print by another process."),
               forkmap::function<log_then_exit>("log_then_exit", "Log, or exit on 3."),
               forkmap::function<end_process>("end_process", "End the process."))
#endif
