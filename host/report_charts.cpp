// SPDX-License-Identifier: Apache-2.0
#include "host/report_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "host/quantity_text.hpp"
#include "host/time_axis.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostColumns = 120;
constexpr std::size_t kMostBars = 40;
constexpr double kWide = 1000;
constexpr double kHigh = 100;

RunTime as_time(std::uint64_t ns) { return RunTime(static_cast<std::int64_t>(ns)); }

// A staircase over equal columns; the last one ends with the run.
std::string steps(const std::vector<double>& heights, double column_wide, double highest) {
  std::string path;
  for (std::size_t column = 0; column < heights.size(); ++column) {
    const double end = std::min(kWide, column_wide * static_cast<double>(column + 1));
    fmt::format_to(std::back_inserter(path), "V{:.2f}H{:.2f}",
                   kHigh - (kHigh - 2) * heights[column] / highest, end);
  }
  return path;
}

class Throughput {
 public:
  explicit Throughput(const RunFacts& facts) : facts_(facts) {
    width_ = std::max<std::size_t>(1, (facts.grid.columns() + kMostColumns - 1) / kMostColumns);
    column_time_ = facts.grid.column_time() * static_cast<std::int64_t>(width_);
  }

  std::string html() const {
    const std::vector<double> rates = rates_of(facts_.item_series);
    const double highest = rates.empty() ? 0 : *std::ranges::max_element(rates);
    if (highest <= 0 || facts_.wall.count() <= 0) {
      return "<p class=\"quiet\">No item was finished.</p>";
    }
    const double column_wide = kWide * static_cast<double>(column_time_.count()) /
                               static_cast<double>(facts_.wall.count());
    const std::string path = steps(rates, column_wide, highest);
    std::string html = fmt::format(
        "<figure class=\"plot\"><div class=\"top\"><span>at most {}</span><span>on average "
        "{}</span></div><svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"Items a second over time: at most {}, on average {}\">"
        "<path class=\"area\" d=\"M0,100{}V100Z\"/><path class=\"edge\" d=\"M0,100{}\"/>",
        rate_text(highest), rate_text(facts_.items_per_s()), rate_text(highest),
        rate_text(facts_.items_per_s()), path, path);
    const bool any_failed = facts_.failed() > 0;
    if (any_failed) {
      html += "<path class=\"bad-area\" d=\"M0,100" +
              steps(rates_of(facts_.failure_series), column_wide, highest) + "V100Z\"/>";
    }
    html += "</svg>" + time_axis(facts_.wall);
    if (any_failed) {
      html +=
          "<div class=\"keys\"><span><i></i>items</span><span><i class=\"f\"></i>of these "
          "failed</span></div>";
    }
    return html + "</figure>";
  }

 private:
  // Items a second in each column.
  [[nodiscard]] std::vector<double> rates_of(std::size_t series) const {
    std::vector<double> amounts = facts_.grid.coarse(series, width_);
    const auto whole = static_cast<double>(column_time_.count());
    for (std::size_t column = 0; column < amounts.size(); ++column) {
      const double room = std::min(
          whole, static_cast<double>(facts_.wall.count()) - whole * static_cast<double>(column));
      // Of a last column that is only begun, a few items would make a peak that never was.
      if (room < whole / 2 && column > 0) {
        amounts[column] = amounts[column - 1];
      } else {
        amounts[column] *= 1e9 / std::max(1.0, room);
      }
    }
    return amounts;
  }

  const RunFacts& facts_;
  std::size_t width_ = 1;
  RunTime column_time_{};
};

std::vector<base::TimeHistogram::Bucket> bars_of(const base::TimeHistogram& times) {
  std::size_t width = 1;
  auto bars = times.buckets(width);
  while (bars.size() > kMostBars) bars = times.buckets(width *= 2);
  return bars;
}

std::string bar_axis(const std::vector<base::TimeHistogram::Bucket>& bars) {
  std::string html = "<div class=\"axis\">";
  const std::size_t step = std::max<std::size_t>(1, (bars.size() + 5) / 6);
  for (std::size_t bar = 0; bar < bars.size(); bar += step) {
    const double place = 100.0 * static_cast<double>(bar) / static_cast<double>(bars.size());
    if (place > 92) break;
    fmt::format_to(std::back_inserter(html), "<span style=\"left:{:.2f}%\">{}</span>", place,
                   time_text(as_time(bars[bar].from_ns)));
  }
  return html + "</div>";
}

}  // namespace

std::string throughput_chart(const RunFacts& facts) { return Throughput(facts).html(); }

std::string times_chart(const RunFacts& facts) {
  const base::TimeHistogram& times = facts.times;
  if (times.items() == 0) return "<p class=\"quiet\">No item was measured.</p>";
  const std::vector<base::TimeHistogram::Bucket> bars = bars_of(times);
  const std::uint64_t most =
      std::ranges::max_element(bars, {}, &base::TimeHistogram::Bucket::items)->items;
  std::string html = fmt::format(
      "<figure class=\"plot bars\"><div class=\"top\"><span>at most {} {}</span></div><svg "
      "viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Histogram "
      "of item times, from {} to {}\">",
      grouped_text(most), most == 1 ? "item" : "items", time_text(as_time(times.shortest_ns())),
      time_text(as_time(times.longest_ns())));
  const double wide = kWide / static_cast<double>(bars.size());
  // One bar alone would fill everything.
  const double drawn = std::min(wide * 0.92, kWide / 6);
  for (std::size_t bar = 0; bar < bars.size(); ++bar) {
    if (bars[bar].items == 0) continue;
    const double high = std::max(
        1.5, (kHigh - 2) * static_cast<double>(bars[bar].items) / static_cast<double>(most));
    fmt::format_to(
        std::back_inserter(html),
        "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"><title>{} to "
        "{}: {} items, {}</title></rect>",
        wide * static_cast<double>(bar), kHigh - high, drawn, high,
        time_text(as_time(bars[bar].from_ns)), time_text(as_time(bars[bar].below_ns)),
        grouped_text(bars[bar].items),
        share_text(static_cast<double>(bars[bar].items) / static_cast<double>(times.items())));
  }
  html += "</svg>" + bar_axis(bars) + "</figure><dl class=\"figures\">";
  const auto figure = [&html](std::string_view name, std::uint64_t ns) {
    fmt::format_to(std::back_inserter(html), "<div><dt>{}</dt><dd>{}</dd></div>", name,
                   time_text(as_time(ns)));
  };
  figure("half within", times.quantile_ns(0.5));
  figure("90 %", times.quantile_ns(0.9));
  figure("99 %", times.quantile_ns(0.99));
  figure("99.9 %", times.quantile_ns(0.999));
  figure("longest", times.longest_ns());
  figure("mean", static_cast<std::uint64_t>(times.mean_ns()));
  return html + "</dl>";
}

}  // namespace forkmap::host
