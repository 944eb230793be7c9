// SPDX-License-Identifier: Apache-2.0
//
// How long items took: a histogram of times of any length, in buckets that are at most a sixteenth
// as wide as what lies in them. Below 16 ns each nanosecond has its own; above, each doubling has
// sixteen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace forkmap::base {

class TimeHistogram {
 public:
  struct Bucket {
    std::uint64_t from_ns = 0;
    std::uint64_t below_ns = 0;
    std::uint64_t items = 0;
  };
  static constexpr std::size_t kBucketsPerDoubling = 16;
  static constexpr std::size_t kBuckets = 61 * kBucketsPerDoubling;

  // So many items took so long each.
  void add(std::uint64_t time_ns, std::uint64_t items) noexcept;

  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  [[nodiscard]] std::uint64_t longest_ns() const noexcept { return longest_ns_; }
  [[nodiscard]] std::uint64_t shortest_ns() const noexcept {
    return items_ == 0 ? 0 : shortest_ns_;
  }
  [[nodiscard]] double mean_ns() const noexcept;
  // A time that a share (0 .. 1) of the items did not exceed: the upper end of the bucket in which
  // the last of them lies, at most the longest. 0 without items.
  [[nodiscard]] std::uint64_t quantile_ns(double share) const noexcept;
  // The middle of the bucket in which half of the items are reached: exact to 3 %. 0 without items.
  [[nodiscard]] std::uint64_t median_ns() const noexcept;
  // From that of the shortest to that of the longest, `width` taken together, the empty ones too.
  [[nodiscard]] std::vector<Bucket> buckets(std::size_t width = 1) const;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t time_ns) noexcept;
  [[nodiscard]] static std::uint64_t begin_ns(std::size_t bucket) noexcept;

 private:
  // Where the item of that rank (from 1) lies; items() is no less.
  [[nodiscard]] std::size_t bucket_at_rank(std::uint64_t rank) const noexcept;

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t items_ = 0;
  std::uint64_t shortest_ns_ = UINT64_MAX;
  std::uint64_t longest_ns_ = 0;
  double sum_ns_ = 0;
};

}  // namespace forkmap::base
