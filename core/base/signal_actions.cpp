// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_actions.hpp"

#include "core/base/own_status.hpp"

namespace forkmap::base {

SignalSet signals_with_actions() noexcept {
  constexpr int kHexadecimal = 16;  // the lowest bit is signal 1
  const OwnStatus status;
  const auto ignored = status.number("SigIgn", kHexadecimal);
  const auto caught = status.number("SigCgt", kHexadecimal);
  return ignored && caught ? SignalSet(*ignored | *caught) : kAllSignals;
}

}  // namespace forkmap::base
