// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::host {

// Standard error: whole lines, one write each; and at most one status line (the progress bar),
// which stays below them on a terminal.
class Diagnostics {
 public:
  Diagnostics() = default;
  Diagnostics(const Diagnostics&) = delete;
  Diagnostics& operator=(const Diagnostics&) = delete;
  ~Diagnostics() { clear_status(); }

  // "forkmap: TEXT"; the text may have several lines, which are then indented. Whatever in it is
  // somebody else's cannot look like a line of ours, or reach the terminal's controls.
  void say(std::string_view text);
  // Lines, with what cannot be shown in them escaped; TABs stay.
  void print(std::string_view lines);

  // What functions print, as it is. What is said behind it begins a line of its own.
  void forward(std::string_view bytes);

  // Draws the status line anew. Only for a terminal.
  void show_status(const std::string& text);
  void clear_status();
  // It is somebody else's line by now: nothing is erased or drawn anew.
  void forget_status() noexcept { status_.clear(); }

 private:
  void write(std::string text);

  std::string status_;
  bool is_in_line_ = false;  // what was forwarded last has no newline at its end
};

}  // namespace forkmap::host
