// SPDX-License-Identifier: Apache-2.0
//
// vectors: vectorized functions that fail or kill the worker, for tests of what a pool does then.
// With the parameter `log` each call first appends the number of its items to that file.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

void log_call(std::size_t items) {
  const auto path = forkmap::parameter("log");
  if (!path) return;
  const int descriptor =
      ::open(std::string(*path).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  const std::string line = std::to_string(items) + '\n';
  const bool written =
      ::write(descriptor, line.data(), line.size()) == static_cast<::ssize_t>(line.size());
  ::close(descriptor);
  if (!written) throw std::runtime_error("cannot write the log");
}

// No sanitizer: a plain SIGSEGV is wanted.
__attribute__((no_sanitize("undefined"))) std::int64_t crash() {
  const volatile std::int64_t* volatile nowhere = nullptr;
  return *nowhere;
}

using Arguments = std::span<const std::int64_t>;
using Results = std::span<std::int64_t>;

// Dies on each argument that 100 divides with the rest 3, in whatever company.
void crash_on_three(Arguments x, Results y) {
  log_call(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] % 100 == 3 ? crash() : x[i];
}

// Dies only when it is called for several items: no item is guilty.
void crash_in_company(Arguments x, Results y) {
  log_call(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x.size() > 1 ? crash() : x[i];
}

void kill_self_on_three(Arguments x, Results y) {
  log_call(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 3) ::kill(::getpid(), SIGKILL);
    y[i] = x[i];
  }
}

void throw_on_three(Arguments x, Results y) {
  log_call(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 3) throw std::runtime_error("three is not allowed");
    y[i] = x[i];
  }
}

void spin_on_three(Arguments x, Results y) {
  log_call(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    volatile std::int64_t waited = x[i];
    while (x[i] == 3) waited = waited + 1;
    y[i] = x[i];
  }
}

void grow(Arguments sizes, forkmap::ColumnWriter<std::string> out) {
  log_call(sizes.size());
  for (const std::int64_t size : sizes)
    out.append(std::string(static_cast<std::size_t>(size), 'x'));
}

}  // namespace

FORKMAP_PLUGIN("vectors", "1.0",
               forkmap::vectorized<crash_on_three>("crash_on_three",
                                                   "Read through a null pointer on x03."),
               forkmap::vectorized<crash_in_company>("crash_in_company",
                                                     "Crash unless called for one."),
               forkmap::vectorized<kill_self_on_three>("kill_self_on_three", "Send SIGKILL on 3."),
               forkmap::vectorized<throw_on_three>("throw_on_three", "Throw a runtime_error on 3."),
               forkmap::vectorized<spin_on_three>("spin_on_three", "Spin for ever on 3."),
               forkmap::vectorized<grow>("grow", "Return a text of so many bytes."))
