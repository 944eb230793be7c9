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

  // "forkmap: TEXT"; the text may have several lines, which are then indented.
  void say(std::string_view text);
  // Lines as they are.
  void print(std::string_view lines);

  // Draws the status line anew. Only for a terminal.
  void show_status(const std::string& text);
  void clear_status();
  // It is somebody else's line by now: nothing is erased or drawn anew.
  void forget_status() noexcept { status_.clear(); }

 private:
  void write(std::string text);

  std::string status_;
};

}  // namespace forkmap::host
