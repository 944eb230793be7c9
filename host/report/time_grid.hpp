// SPDX-License-Identifier: Apache-2.0
//
// Amounts over the time of a run of unknown length, in at most kColumns columns: when the run grows
// longer, each two neighbours become one. All series have the same columns.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace forkmap::host {

class TimeGrid {
 public:
  static constexpr std::size_t kColumns = 480;  // even

  // Number of the new series.
  std::size_t add_series();
  // An amount that belongs to the time from `begun` to `ended` (since the run's start), evenly.
  void add(std::size_t series, std::chrono::nanoseconds begun, std::chrono::nanoseconds ended,
           double amount);
  // The columns reach this time; where nothing happens, there are empty ones.
  void reach(std::chrono::nanoseconds time);

  [[nodiscard]] std::chrono::nanoseconds column_time() const noexcept { return column_time_; }
  // Columns that the run has reached.
  [[nodiscard]] std::size_t columns() const noexcept { return used_; }
  [[nodiscard]] std::span<const double> series(std::size_t number) const {
    return std::span(series_[number]).first(used_);
  }
  // The same, with `width` neighbours added up.
  [[nodiscard]] std::vector<double> coarse(std::size_t number, std::size_t width) const;

 private:
  [[nodiscard]] std::size_t column_of(std::chrono::nanoseconds time) const noexcept;
  void fold();

  std::chrono::nanoseconds column_time_ = std::chrono::microseconds(10);
  std::vector<std::vector<double>> series_;
  std::size_t used_ = 0;
};

}  // namespace forkmap::host
