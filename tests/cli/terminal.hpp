// SPDX-License-Identifier: Apache-2.0
//
// A program on a terminal of its own, whose session it leads, with the test at the keyboard.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "tests/kit/child_process.hpp"

namespace forkmap::cli {

inline constexpr std::string_view kControlC = "\x03";
inline constexpr std::string_view kControlZ = "\x1a";

// Killed, and waited for, if the test ends earlier.
class Terminal {
 public:
  // Its three streams are the terminal, but for what `launch` says.
  explicit Terminal(const Launch& launch);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void type(std::string_view text);
  // Reads until what was shown so far, behind what was forgotten, contains `text`; false if time is
  // up or the terminal has no more users before.
  [[nodiscard]] bool shows(std::string_view text);
  void forget_shown() { shown_.clear(); }
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
  [[nodiscard]] termios mode() const;
  void resize(int columns, int rows) const;
  void close() { master_.reset(); }  // as a window that is closed
  // Waits for the program's end; as a shell shows it.
  int wait();

 private:
  bool pump();

  pid_t pid_ = -1;
  base::UniqueFd master_;
  std::string shown_;
};

}  // namespace forkmap::cli
