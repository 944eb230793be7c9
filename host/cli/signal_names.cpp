// SPDX-License-Identifier: Apache-2.0
#include "host/cli/signal_names.hpp"

#include <csignal>
#include <cstring>

#include <charconv>
#include <string_view>

namespace forkmap::host {

std::optional<int> signal_named(const std::string& name) {
  int number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, number);
  if (error == std::errc() && stop == end) {
    if (number > 0 && number <= SIGRTMAX) return number;
    return std::nullopt;
  }
  std::string_view short_name = name;
  if (short_name.starts_with("SIG")) short_name.remove_prefix(3);
  for (number = 1; number < SIGRTMIN; ++number) {
    const char* const known = ::sigabbrev_np(number);
    if (known != nullptr && short_name == known) return number;
  }
  return std::nullopt;
}

std::string name_of_signal(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

bool is_deadly(int number) {
  switch (number) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return false;
    default:
      return true;
  }
}

}  // namespace forkmap::host
