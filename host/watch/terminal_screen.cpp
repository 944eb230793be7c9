// SPDX-License-Identifier: Apache-2.0
#include "host/watch/terminal_screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "core/base/write_all.hpp"
#include "host/watch/status_table.hpp"

namespace forkmap::host {

namespace {

// The other screen, which leaves what stands on the terminal alone; and no cursor.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
// Each line is cleared behind its end, and the rest at the end: nothing is blank in between.
constexpr std::string_view kLineEnd = "\x1b[K\r\n";
constexpr std::string_view kRestCleared = "\x1b[K\x1b[J";

void write_to_terminal(std::string_view text) noexcept {
  (void)base::write_all(STDOUT_FILENO, text);  // a terminal that is gone sends a signal, too
}

winsize window() {
  winsize size = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  return size;
}

}  // namespace

void TerminalScreen::open() {
  if (is_open_) return;
  is_open_ = true;
  termios mode = {};
  if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &mode) == 0) {
    former_ = mode;
    keyboard_ = STDIN_FILENO;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C and Ctrl-Z stay signals
    mode.c_cc[VMIN] = 0;
    mode.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
  }
  write_to_terminal(kEnter);
}

void TerminalScreen::close() noexcept {
  if (!is_open_) return;
  is_open_ = false;
  write_to_terminal(kLeave);
  if (former_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*former_);
  keyboard_ = -1;
}

void TerminalScreen::draw(const std::vector<std::string>& lines) const {
  const winsize size = window();
  write_to_terminal(std::string(kHome) + fitted(lines, size.ws_col, size.ws_row, kLineEnd) +
                    std::string(kRestCleared));
}

std::string TerminalScreen::keys() {
  std::array<char, 64> bytes;
  const ssize_t count = ::read(keyboard_, bytes.data(), bytes.size());
  // Readable, and nothing to read: the terminal is gone. The signal that says so is on its way.
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) keyboard_ = -1;
  return {bytes.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

}  // namespace forkmap::host
