// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <vector>

namespace forkmap::host {

// The terminal as a screen that is drawn anew now and then, and as a keyboard. What it was before
// comes back when this ends, or is put away for a while.
class TerminalScreen {
 public:
  TerminalScreen() { open(); }
  ~TerminalScreen() { close(); }
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  // As many lines, and as much of them, as the window shows now.
  void draw(const std::vector<std::string>& lines) const;
  // To be waited for; -1 if there is no keyboard.
  [[nodiscard]] int keyboard_fd() const noexcept { return keyboard_; }
  // What was pressed; empty if nothing was.
  [[nodiscard]] std::string keys();
  void open();
  void close() noexcept;

 private:
  int keyboard_ = -1;
  bool is_open_ = false;
  std::optional<termios> former_;
};

}  // namespace forkmap::host
