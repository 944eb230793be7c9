// SPDX-License-Identifier: Apache-2.0
//
// A file of trace events as it grows: a JSON array, an event a line. Viewers take it without its
// end, too. Only whole lines are given to the system, half a second late at most while events come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "host/io/appended_file.hpp"

namespace forkmap::host {

class TraceFile {
 public:
  explicit TraceFile(const std::string& path);  // throws UsageError

  // A JSON object without newlines. Nothing is written any more once a write has failed.
  void append(std::string_view event, std::chrono::steady_clock::time_point now);
  // To be called before a wait; a loss of some milliseconds is not worth a write for each.
  void flush_now_and_then() noexcept;
  // The array's end. It is a failure if the file is not there then with all that was written.
  void close();

  // Why it could not be written; empty: it could, so far.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void flush() noexcept;

  AppendedFile file_;
  std::string buffer_ = "[\n";
  std::string failure_;
  std::uint64_t bytes_ = buffer_.size();
  bool has_events_ = false;
  std::chrono::steady_clock::time_point last_write_{};
};

}  // namespace forkmap::host
