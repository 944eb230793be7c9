// SPDX-License-Identifier: Apache-2.0
#include "host/progress_report.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "host/duration_text.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBarStarts = std::chrono::milliseconds(500);  // a short run needs no bar
constexpr auto kBarPeriod = std::chrono::milliseconds(200);
constexpr auto kLinePeriod = std::chrono::minutes(1);
constexpr std::size_t kBarCells = 24;

std::size_t terminal_columns() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

std::optional<double> fraction_of(const ProgressFacts& facts) {
  if (!facts.total) return facts.fraction;
  if (*facts.total == 0) return 1.0;
  return static_cast<double>(facts.done) / static_cast<double>(*facts.total);
}

}  // namespace

std::string progress_line(const ProgressFacts& facts, std::size_t columns) {
  std::string line;
  const auto fraction = fraction_of(facts);
  if (fraction) {
    const double part = std::clamp(*fraction, 0.0, 1.0);
    const auto cells = static_cast<std::size_t>(part * static_cast<double>(kBarCells));
    line += "[" + std::string(cells, '#') + std::string(kBarCells - cells, '.') + "] " +
            fmt::format("{:.0f} %, ", part * 100);
  }
  line += std::to_string(facts.done);
  if (facts.total) line += " of " + std::to_string(*facts.total);
  line += " done, " + std::to_string(facts.failed) + " failed";
  const double seconds = std::chrono::duration<double>(facts.elapsed).count();
  if (seconds > 0) line += fmt::format(", {:.0f}/s", static_cast<double>(facts.done) / seconds);
  if (fraction && *fraction > 0 && *fraction < 1) {
    const std::chrono::duration<double> left(seconds / *fraction * (1 - *fraction));
    line +=
        ", " + duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(left)) + " left";
  }
  return line.substr(0, columns);
}

ProgressReport::ProgressReport(Progress wanted, bool results_on_terminal, Diagnostics& diagnostics)
    : always_(wanted == Progress::always), diagnostics_(diagnostics), start_(Clock::now()) {
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  if (wanted == Progress::never) return;
  if (on_terminal && (always_ || !results_on_terminal)) {
    kind_ = Kind::bar;
    next_ = start_ + kBarStarts;
  } else if (always_) {
    kind_ = Kind::lines;
    next_ = start_ + kLinePeriod;
  }
}

std::optional<std::chrono::nanoseconds> ProgressReport::next_in() const {
  if (kind_ == Kind::none) return std::nullopt;
  return std::max<std::chrono::nanoseconds>(next_ - Clock::now(), {});
}

bool ProgressReport::is_due() const { return kind_ != Kind::none && Clock::now() >= next_; }

void ProgressReport::update(ProgressFacts facts) {
  const auto now = Clock::now();
  facts.elapsed = now - start_;
  if (kind_ == Kind::bar) {
    next_ = now + kBarPeriod;
    diagnostics_.show_status(progress_line(facts, terminal_columns() - 1));
  } else {
    next_ = now + kLinePeriod;
    diagnostics_.say(progress_line(facts, 200));
  }
}

void ProgressReport::finish(ProgressFacts facts) {
  facts.elapsed = Clock::now() - start_;
  diagnostics_.clear_status();
  if (always_) diagnostics_.say(progress_line(facts, 200));
}

}  // namespace forkmap::host
