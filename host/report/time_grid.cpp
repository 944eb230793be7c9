// SPDX-License-Identifier: Apache-2.0
#include "host/report/time_grid.hpp"

#include <algorithm>

namespace forkmap::host {

std::size_t TimeGrid::add_series() {
  series_.emplace_back(kColumns, 0.0);
  return series_.size() - 1;
}

std::size_t TimeGrid::column_of(std::chrono::nanoseconds time) const noexcept {
  return static_cast<std::size_t>(time / column_time_);
}

void TimeGrid::fold() {
  for (std::vector<double>& values : series_) {
    for (std::size_t column = 0; column < kColumns / 2; ++column) {
      values[column] = values[2 * column] + values[2 * column + 1];
    }
    std::fill(values.begin() + kColumns / 2, values.end(), 0.0);
  }
  column_time_ *= 2;
  used_ = (used_ + 1) / 2;
}

void TimeGrid::reach(std::chrono::nanoseconds time) {
  while (column_of(time) >= kColumns) fold();
  used_ = std::max(used_, column_of(time) + 1);
}

void TimeGrid::add(std::size_t series, std::chrono::nanoseconds begun,
                   std::chrono::nanoseconds ended, double amount) {
  begun = std::max(begun, std::chrono::nanoseconds{});
  ended = std::max(ended, begun);
  reach(ended);
  std::vector<double>& values = series_[series];
  const std::size_t first = column_of(begun);
  const std::size_t last = column_of(ended);
  if (first == last) {
    values[first] += amount;
    return;
  }
  const double whole = static_cast<double>((ended - begun).count());
  for (std::size_t column = first; column <= last; ++column) {
    const auto from = std::max(begun, column_time_ * static_cast<std::int64_t>(column));
    const auto to = std::min(ended, column_time_ * static_cast<std::int64_t>(column + 1));
    values[column] += amount * static_cast<double>((to - from).count()) / whole;
  }
}

std::vector<double> TimeGrid::coarse(std::size_t number, std::size_t width) const {
  std::vector<double> sums((used_ + width - 1) / width, 0.0);
  const auto values = series(number);
  for (std::size_t column = 0; column < used_; ++column) sums[column / width] += values[column];
  return sums;
}

}  // namespace forkmap::host
