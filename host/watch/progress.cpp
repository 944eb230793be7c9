// SPDX-License-Identifier: Apache-2.0
#include "host/watch/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "host/cli/standard_error.hpp"
#include "host/text/duration.hpp"

namespace forkmap::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBarStarts = std::chrono::milliseconds(500);  // a short run needs no bar
constexpr auto kBarPeriod = std::chrono::milliseconds(200);
constexpr auto kLinePeriod = std::chrono::minutes(1);
constexpr std::size_t kBarCells = 24;

std::size_t terminal_columns() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::optional<double> fraction_of(const ProgressFacts& facts) {
  if (!facts.total) return facts.done_fraction;
  if (*facts.total == 0) return 1.0;
  return static_cast<double>(facts.done) / static_cast<double>(*facts.total);
}

// From what this run has done in its time; empty if that says nothing.
std::string time_left(const ProgressFacts& facts, double fraction) {
  const double gained = fraction - (facts.total ? 0 : facts.begun_fraction);
  if (facts.done == 0 || gained <= 0 || fraction >= 1) return {};
  const std::chrono::duration<double> left(std::chrono::duration<double>(facts.elapsed).count() /
                                           gained * (1 - fraction));
  constexpr std::chrono::duration<double> longest = std::chrono::hours(24 * 365);
  if (left >= longest) return {};
  return ", " + duration_text(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
}

}  // namespace

std::string progress_line(const ProgressFacts& facts, std::size_t columns) {
  std::string bar;
  std::string percent;
  std::string left;
  if (const auto fraction = fraction_of(facts)) {
    const double part = std::clamp(*fraction, 0.0, 1.0);
    const auto cells = static_cast<std::size_t>(part * static_cast<double>(kBarCells));
    bar = "[" + std::string(cells, '#') + std::string(kBarCells - cells, '.') + "] ";
    percent = fmt::format("{:.0f} %", part * 100);
    left = time_left(facts, part);
  }
  const std::string comma = percent.empty() ? "" : ", ";
  std::string done = std::to_string(facts.done);
  if (facts.total) done += " of " + std::to_string(*facts.total);
  done += " done";
  const std::string counts = done + ", " + std::to_string(facts.failed) + " failed";
  std::string rate;
  const double seconds = std::chrono::duration<double>(facts.elapsed).count();
  if (seconds > 0) rate = fmt::format(", {:.0f}/s", static_cast<double>(facts.done) / seconds);
  const std::string choices[] = {bar + percent + comma + counts + rate + left,
                                 percent + comma + counts + rate + left,
                                 percent + comma + counts + left,
                                 percent + comma + counts,
                                 percent + comma + done,
                                 percent.empty() ? done : percent};
  for (const std::string& line : choices) {
    if (line.size() <= columns) return line;
  }
  return {};
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
    if (!is_in_foreground()) return diagnostics_.forget_status();
    const std::string line = progress_line(facts, terminal_columns() - 1);
    if (line.empty()) return diagnostics_.clear_status();
    diagnostics_.show_status(line);
  } else {
    next_ = now + kLinePeriod;
    diagnostics_.say(progress_line(facts, 200));
  }
}

void ProgressReport::finish(ProgressFacts facts) {
  facts.elapsed = Clock::now() - start_;
  if (kind_ == Kind::bar && !is_in_foreground()) diagnostics_.forget_status();
  diagnostics_.clear_status();
  if (always_) diagnostics_.say(progress_line(facts, 200));
}

}  // namespace forkmap::host
