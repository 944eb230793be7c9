// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "host/io/appended_file.hpp"

namespace forkmap::host {

// A task that has ended, as it is told.
struct LoggedTask {
  std::uint64_t number = 0;  // of its first item, from 1
  std::string host = ":";    // parallel's name for this machine
  std::chrono::system_clock::time_point begun = {};
  std::chrono::nanoseconds run_time = {};
  std::uint64_t sent_bytes = 0;      // texts of its items
  std::uint64_t received_bytes = 0;  // its results, as they were written
  int exit_value = 0;                // of a worker that exited; else 1 if an item failed
  int signal = 0;                    // that killed the worker
  std::string command;               // without newlines and TABs
};

// One line, in the columns of GNU parallel's --joblog.
[[nodiscard]] std::string to_line(const LoggedTask& task);

// The file of --joblog: its heading, and a line for each task in the order in which their results
// come.
class JobLog {
 public:
  JobLog() = default;  // writes nothing
  // `goes_on`: behind what is there, which has a heading. Throws UsageError.
  JobLog(const std::string& path, bool goes_on);

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  void append(const LoggedTask& task);
  void flush();  // throws SystemError
  [[nodiscard]] const AppendedFile& file() const noexcept { return file_; }

 private:
  AppendedFile file_;
  std::string buffer_;
};

}  // namespace forkmap::host
