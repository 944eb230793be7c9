// SPDX-License-Identifier: Apache-2.0
//
// What signals do in this process.
#pragma once

#include <csignal>
#include <cstdint>

namespace forkmap::base {

// A set of signals, one bit each.
class SignalSet {
 public:
  constexpr explicit SignalSet(std::uint64_t bits) noexcept : bits_(bits) {}
  [[nodiscard]] constexpr bool has(int signal) const noexcept {
    return (bits_ >> static_cast<unsigned>(signal - 1) & 1U) != 0;
  }

 private:
  std::uint64_t bits_;
};

inline constexpr SignalSet kAllSignals{~std::uint64_t{0}};

// Those that are caught or ignored, asked for at once where /proc tells; elsewhere all, so that
// whoever wants to know asks for each. Async-signal-safe: takes no memory and no lock.
[[nodiscard]] SignalSet signals_with_actions() noexcept;

// SIG_DFL for all but those that `stays` says so of. Async-signal-safe.
template <class Stays>
void reset_signal_actions(const Stays& stays) noexcept {
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  ::sigemptyset(&by_default.sa_mask);
  const SignalSet changed = signals_with_actions();
  // Refused for SIGKILL, SIGSTOP and the two that the C library keeps for itself; those have no
  // handler of anybody's.
  for (int signal = 1; signal < NSIG; ++signal) {
    if (changed.has(signal) && !stays(signal)) ::sigaction(signal, &by_default, nullptr);
  }
}

}  // namespace forkmap::base
