// SPDX-License-Identifier: Apache-2.0
//
// Child processes of the bench: other halves of ping-pongs, and peers.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace forkmap::bench {

// A child that runs `body` and leaves; killed and reaped at the end.
class Child {
 public:
  explicit Child(const std::function<void()>& body);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t pid_;
};

// What `body` returns when it is run in a child. Throws std::runtime_error if the child dies.
[[nodiscard]] std::string output_of(const std::function<std::string()>& body);
// Runs a program, whose standard output is returned. Throws std::runtime_error with the end of its
// standard error if it does not exit with 0.
[[nodiscard]] std::string output_of(const std::vector<std::string>& command);
// The same through the shell, for pipes and redirections.
[[nodiscard]] std::string output_of_shell(const std::string& script);
// The first line of what a program prints; empty if it cannot be run.
[[nodiscard]] std::string first_line_of(const std::string& script);

}  // namespace forkmap::bench
