// SPDX-License-Identifier: Apache-2.0
//
// Foreign code that runs in the process of the command itself: functions and hooks with --serial,
// and, at the very end, destructors and exit handlers of plugins. It may call exit() or crash; then
// finished results are written first, and a message names the item or hook.
//
// _exit() is seen because this program has one of its own. Not seen: SIGKILL, which nobody sees,
// and who asks the kernel himself.
#pragma once

#include <cstdint>
#include <string_view>

namespace forkmap::host {

class OutputStream;

// The process has one such watch at a time.
class CodeWatch {
 public:
  // Takes over the signals by which a process dies, as far as nobody else handles them. Where
  // foreign code calls exit(), the process ends with `exit_status`, by _exit.
  explicit CodeWatch(int exit_status);
  CodeWatch(const CodeWatch&) = delete;
  CodeWatch& operator=(const CodeWatch&) = delete;
  ~CodeWatch();  // exit() and signals do what they did before

  // What of the results waits for being written when foreign code runs; null: none.
  void set_results(OutputStream* results) noexcept;
  // Foreign code runs until end(). "loading plugins"; the text lives as long.
  void begin(std::string_view what) noexcept;
  // The same for an item, by its number.
  void begin_item(std::uint64_t number) noexcept;
  void end() noexcept;
  // From now on a signal that ends the process becomes an exit with this status, and exit() first
  // calls `go_on`.
  void keep_status(int status, void (*go_on)());
  // pthread_exit of the main thread was caught on its way.
  [[noreturn]] void leave_after_pthread_exit();
};

}  // namespace forkmap::host
