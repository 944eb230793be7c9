// SPDX-License-Identifier: Apache-2.0
//
// A program under test with its three streams in the hands of the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/kit/temporary.hpp"

namespace forkmap::cli {

struct Launch {
  std::vector<std::string> command;                     // the program's path comes first
  std::map<std::string, std::string> environment = {};  // added to the test's own
  std::string folder = {};                              // working directory; empty: the test's own
  std::string input_file = {};                          // standard input; empty: a pipe
  std::string output_file = {};                         // standard output; empty: a pipe
  std::vector<int> closed = {};  // standard descriptors that the program does not have
};

struct Ended {
  int status = -1;  // as a shell shows it: exit status, or 128 + signal
  int signal = 0;   // that ended it; 0 if none did
  std::string output;
  std::string errors;
};

// Killed, and waited for, if the test ends earlier.
class ChildProcess {
 public:
  explicit ChildProcess(const Launch& launch);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void write(std::string_view text);  // to its standard input
  void close_input() { input_.reset(); }
  void close_output() { output_.reset(); }  // as a reader that goes away
  void signal(int number) const;
  // Reads until what was read of standard output (or error) so far contains `text`; false if the
  // stream ends or time is up before.
  [[nodiscard]] bool reads(std::string_view text);
  [[nodiscard]] bool reads_error(std::string_view text);
  // The same, until there are so many bytes of standard output.
  [[nodiscard]] bool reads_bytes(std::size_t size_bytes);
  // Bytes of its standard output that nobody has read.
  [[nodiscard]] std::size_t waits_to_read() const;
  [[nodiscard]] const std::string& output() const noexcept { return seen_output_; }
  [[nodiscard]] const std::string& errors() const noexcept { return seen_errors_; }
  // Gives `input`, closes its input, reads all, waits. A program that says nothing for long is
  // killed: a watchdog.
  Ended finish(std::string_view input = {});

 private:
  // Reads what is there of both streams, and writes `input` as far as it is taken.
  bool pump(std::string_view& input, std::chrono::milliseconds limit);

  pid_t pid_ = -1;
  base::UniqueFd input_;
  base::UniqueFd output_;
  base::UniqueFd errors_;
  std::string seen_output_;
  std::string seen_errors_;
};

// Runs forkmap to its end.
[[nodiscard]] Ended run_forkmap(std::vector<std::string> arguments, std::string_view input = {},
                                Launch launch = {});
// The same, not waited for.
[[nodiscard]] Launch launch_of(std::vector<std::string> arguments);

using TestFolder = tests::TemporaryFolder;

[[nodiscard]] std::string test_plugin(const std::string& name);  // path of a deliberately bad one
// The environment in which a library is loaded before the program, sanitized or not.
[[nodiscard]] std::map<std::string, std::string> preloading(const std::string& library);
[[nodiscard]] const std::string& faulty();  // of the one that fails in many ways
[[nodiscard]] bool contains(std::string_view text, std::string_view part);
[[nodiscard]] std::size_t count_of(std::string_view text, std::string_view part);

}  // namespace forkmap::cli
