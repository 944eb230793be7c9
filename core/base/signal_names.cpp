// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_names.hpp"

#include <csignal>
#include <cstring>

#include <charconv>

namespace forkmap::base {

namespace {

constexpr std::string_view kPrefix = "SIG";
constexpr std::string_view kFirstRealTime = "RTMIN";

// Digits and nothing else.
std::optional<int> number_from(std::string_view digits) {
  int number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (digits.starts_with('-') || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// How far "RTMIN" or "RTMIN+3" is from SIGRTMIN.
std::optional<int> real_time_distance(std::string_view short_name) {
  if (!short_name.starts_with(kFirstRealTime)) return std::nullopt;
  short_name.remove_prefix(kFirstRealTime.size());
  if (short_name.empty()) return 0;
  if (!short_name.starts_with('+')) return std::nullopt;
  return number_from(short_name.substr(1));
}

}  // namespace

std::string signal_name(int number) {
  const char* const name = ::sigabbrev_np(number);
  if (name != nullptr) return std::string(kPrefix) + name;
  // Which numbers these are is known at run time only: the C library keeps some for itself.
  if (number < SIGRTMIN || number > SIGRTMAX) return "signal " + std::to_string(number);
  std::string text = std::string(kPrefix) + std::string(kFirstRealTime);
  if (number > SIGRTMIN) text += "+" + std::to_string(number - SIGRTMIN);
  return text;
}

std::optional<int> signal_named(std::string_view name) {
  if (const std::optional<int> number = number_from(name)) {
    return *number > 0 && *number <= SIGRTMAX ? number : std::nullopt;
  }
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  if (const std::optional<int> distance = real_time_distance(name)) {
    if (*distance > SIGRTMAX - SIGRTMIN) return std::nullopt;
    return SIGRTMIN + *distance;
  }
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* const known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  return std::nullopt;
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

}  // namespace forkmap::base
