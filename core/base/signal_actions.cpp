// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_actions.hpp"

#include <csignal>
#include <cstdint>

#include "core/base/own_status.hpp"

namespace forkmap::base {

SignalSet signals_with_actions() noexcept {
  constexpr int kHexadecimal = 16;  // the lowest bit is signal 1
  const OwnStatus status;
  const auto ignored = status.number("SigIgn", kHexadecimal);
  const auto caught = status.number("SigCgt", kHexadecimal);
  // SIGCHLD may have flags beside its default action (SA_NOCLDWAIT), which stand nowhere there.
  constexpr std::uint64_t kChild = std::uint64_t{1} << (SIGCHLD - 1);
  return ignored && caught ? SignalSet(*ignored | *caught | kChild) : kAllSignals;
}

}  // namespace forkmap::base
