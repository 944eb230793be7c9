// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include <forkmap/run_environment.hpp>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

std::string log_path() {
  const auto path = forkmap::parameter("log");
  if (!path) throw std::runtime_error("the parameter log is missing");
  return std::string(*path);
}

// One write of one line, so that lines of several processes do not mix.
void append(const std::string& text) {
  const int descriptor =
      ::open(log_path().c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor == -1) throw std::runtime_error("cannot open the log " + log_path());
  const std::string line = text + '\n';
  const ::ssize_t written = ::write(descriptor, line.data(), line.size());
  ::close(descriptor);
  if (written != static_cast<::ssize_t>(line.size()))
    throw std::runtime_error("cannot write the log");
}

bool is_logged(const std::string& line) {
  std::ifstream log(log_path());
  for (std::string seen; std::getline(log, seen);) {
    if (seen == line) return true;
  }
  return false;
}

}  // namespace

void append_line(std::string_view line) { append(std::string(line)); }

std::int64_t count_calls(std::int64_t x) {
  append(std::to_string(x) + ' ' + std::to_string(::getpid()));
  return x;
}

std::int64_t count_calls_crash_on_three(std::int64_t x) { return crash_on_three(count_calls(x)); }

std::int64_t crash_first_time(std::int64_t x) {
  const std::string line = std::to_string(x);
  if (is_logged(line)) return x;
  append(line);
  crash_on_three(3);
  return x;
}

}  // namespace faulty
