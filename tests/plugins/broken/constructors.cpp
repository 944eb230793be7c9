// SPDX-License-Identifier: Apache-2.0
//
// Plugins that misbehave while they are loaded, one for each name that the build defines.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <forkmap/plugin.hpp>

namespace {

std::int64_t identity(std::int64_t x) { return x; }

// No sanitizer: a plain SIGSEGV is wanted.
__attribute__((no_sanitize("undefined"))) std::int64_t read_null(std::int64_t) {
  const volatile std::int64_t* volatile nowhere = nullptr;
  return *nowhere;
}

struct Constructor {
  Constructor() {
#if defined(CASE_throws_in_constructor)
    throw std::runtime_error("thrown in a constructor");
#elif defined(CASE_exits_in_constructor)
    std::exit(0);
#elif defined(CASE_leaves_in_constructor)
    ::_exit(0);
#elif defined(CASE_aborts_in_constructor)
    std::abort();
#elif defined(CASE_crashes_in_constructor)
    read_null(0);
#elif defined(CASE_hangs_in_constructor)
    for (;;) ::pause();
#elif defined(CASE_handler_in_constructor)
    for (const int number : {SIGSEGV, SIGABRT, SIGBUS}) ::signal(number, [](int) { ::_exit(0); });
#elif defined(CASE_thread_in_constructor)
    std::thread([] {
      for (;;) ::pause();
    }).detach();
#elif defined(CASE_prints_in_constructor)
    std::puts("printed in a constructor");
#else
#error "no such case"
#endif
  }
} constructor;

}  // namespace

FORKMAP_PLUGIN(PLUGIN_NAME, "1.0", forkmap::function<identity>("identity", "Return the argument."),
               forkmap::function<read_null>("read_null", "Read through a null pointer."))
