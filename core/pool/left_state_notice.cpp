// SPDX-License-Identifier: Apache-2.0
#include "core/pool/left_state_notice.hpp"

#include <array>
#include <string>

#include "core/lane/task_codes.hpp"

namespace forkmap::pool {

namespace {

struct Leaving {
  std::uint32_t flag;
  const char* text;
};
constexpr std::array<Leaving, 6> kLeavings = {
    {{kLeftFloats, "another floating-point environment (rounding, flushing to zero or traps)"},
     {kLeftTimer, "a timer that runs"},
     {kLeftMask, "another mask of blocked signals"},
     {kLeftFolder, "another working directory"},
     {kLeftUmask, "another umask"},
     {kLeftLocale, "another locale"}}};

}  // namespace

void LeftStateNotice::tell(const plugin::FunctionEntry& function, std::uint32_t flags) {
  std::uint32_t known = 0;
  std::string what;
  for (const Leaving& leaving : kLeavings) {
    known |= leaving.flag;
    if ((flags & leaving.flag) == 0) continue;
    what += (what.empty() ? "" : ", ") + std::string(leaving.text);
  }
  if (what.empty() || !settings_.options().notice) return;
  std::uint32_t& told = told_[function.number];
  if ((flags & known & ~told) == 0) return;
  told |= flags & known;
  settings_.notice("function " + function.full_name + " leaves behind " + what +
                   "; that is put back, so that later items find what a new worker has. What all "
                   "items shall find is set in a start hook");
}

}  // namespace forkmap::pool
