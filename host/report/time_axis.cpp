// SPDX-License-Identifier: Apache-2.0
#include "host/report/time_axis.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "host/text/quantity.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;
using Ns = std::chrono::nanoseconds;

constexpr int kMostSteps = 7;
// A label that begins further right would reach over the end.
constexpr double kLastPlace = 95;

std::string label(Ns time, Ns step) {
  if (time < 1min) return time_text(time);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (step < 1min) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  if (time < 1h) return fmt::format("{} min", seconds / 60);
  if (step >= 1h && seconds < 48L * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{}:{:02} h", seconds / 3600, seconds / 60 % 60);
}

}  // namespace

Ns axis_step(Ns whole, int most) {
  static constexpr std::array<Ns, 12> kClockSteps = {10s,   20s,   30s, 1min, 2min, 5min,
                                                     10min, 30min, 1h,  2h,   6h,   12h};
  const Ns least = (whole + Ns(most - 1)) / most;
  for (Ns power = 1ns; power < 10s; power *= 10) {
    for (const int factor : {1, 2, 5}) {
      if (power * factor >= least) return power * factor;
    }
  }
  for (const Ns step : kClockSteps) {
    if (step >= least) return step;
  }
  Ns days = 24h;
  while (days < least) days *= 2;
  return days;
}

std::string time_axis(Ns whole) {
  std::string html = "<div class=\"axis\"><span style=\"left:0\">0</span>";
  if (whole.count() > 0) {
    const Ns step = axis_step(whole, kMostSteps);
    for (Ns time = step; time <= whole; time += step) {
      const double place =
          100 * static_cast<double>(time.count()) / static_cast<double>(whole.count());
      if (place > kLastPlace) break;
      fmt::format_to(std::back_inserter(html), "<span style=\"left:{:.2f}%\">{}</span>", place,
                     label(time, step));
    }
  }
  return html + "</div>";
}

}  // namespace forkmap::host
