// SPDX-License-Identifier: Apache-2.0
#include "host/input/check_progress.hpp"

#include <unistd.h>

#include <utility>

#include "host/cli/standard_error.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFirst = std::chrono::milliseconds(500);
constexpr auto kPeriod = std::chrono::milliseconds(200);
constexpr auto kLinePeriod = std::chrono::minutes(1);

}  // namespace

CheckProgress::CheckProgress(Progress wanted, Diagnostics& diagnostics)
    : diagnostics_(diagnostics),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      is_told_(wanted == Progress::always || (wanted == Progress::automatic && on_terminal_)),
      next_(Clock::now() + (on_terminal_ ? Clock::duration(kFirst) : kLinePeriod)) {}

void CheckProgress::begin(std::string what, std::uint64_t total_bytes) {
  what_ = std::move(what);
  total_bytes_ = total_bytes;
  done_bytes_ = 0;
}

void CheckProgress::add(std::uint64_t bytes) {
  done_bytes_ += bytes;
  if (!is_told_ || total_bytes_ == 0) return;
  const auto now = Clock::now();
  if (now < next_) return;
  const std::uint64_t percent = static_cast<std::uint64_t>(
      100.0 * static_cast<double>(done_bytes_) / static_cast<double>(total_bytes_));
  const std::string text = "checking " + what_ + ": " + std::to_string(percent) + " %";
  if (on_terminal_) {
    if (!is_in_foreground()) return diagnostics_.forget_status();
    diagnostics_.show_status(text);
    next_ = now + kPeriod;
  } else {
    diagnostics_.say(text);
    next_ = now + kLinePeriod;
  }
}

}  // namespace forkmap::host
