// SPDX-License-Identifier: Apache-2.0
#include "core/base/time_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace forkmap::base {

namespace {
constexpr int kBucketBits = 4;
static_assert(std::size_t{1} << kBucketBits == TimeHistogram::kBucketsPerDoubling);
}  // namespace

std::size_t TimeHistogram::bucket_of(std::uint64_t time_ns) noexcept {
  const int shift = std::max(0, static_cast<int>(std::bit_width(time_ns)) - kBucketBits - 1);
  // The leading five bits of a longer time are 16 .. 31.
  return static_cast<std::size_t>(shift) * kBucketsPerDoubling +
         static_cast<std::size_t>(time_ns >> static_cast<unsigned>(shift));
}

std::uint64_t TimeHistogram::begin_ns(std::size_t bucket) noexcept {
  if (bucket < kBucketsPerDoubling) return bucket;
  if (bucket >= kBuckets) return UINT64_MAX;
  const std::size_t shift = bucket / kBucketsPerDoubling - 1;
  return (bucket % kBucketsPerDoubling + kBucketsPerDoubling) << shift;
}

void TimeHistogram::add(std::uint64_t time_ns, std::uint64_t items) noexcept {
  if (items == 0) return;
  counts_[bucket_of(time_ns)] += items;
  items_ += items;
  shortest_ns_ = std::min(shortest_ns_, time_ns);
  longest_ns_ = std::max(longest_ns_, time_ns);
  sum_ns_ += static_cast<double>(time_ns) * static_cast<double>(items);
}

double TimeHistogram::mean_ns() const noexcept {
  return items_ == 0 ? 0.0 : sum_ns_ / static_cast<double>(items_);
}

std::size_t TimeHistogram::bucket_at_rank(std::uint64_t rank) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= rank) return bucket;
  }
  return kBuckets - 1;
}

std::uint64_t TimeHistogram::quantile_ns(double share) const noexcept {
  if (items_ == 0) return 0;
  const double wanted = std::ceil(share * static_cast<double>(items_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, items_);
  // The last nanosecond that lies in it.
  return std::clamp(begin_ns(bucket_at_rank(rank) + 1) - 1, shortest_ns_, longest_ns_);
}

std::uint64_t TimeHistogram::median_ns() const noexcept {
  if (items_ == 0) return 0;
  const std::size_t bucket = bucket_at_rank(items_ / 2 + items_ % 2);
  const std::uint64_t begin = begin_ns(bucket);
  return std::clamp(begin + (begin_ns(bucket + 1) - begin) / 2, shortest_ns_, longest_ns_);
}

std::vector<TimeHistogram::Bucket> TimeHistogram::buckets(std::size_t width) const {
  std::vector<Bucket> found;
  if (items_ == 0) return found;
  const std::size_t last = bucket_of(longest_ns_);
  for (std::size_t first = bucket_of(shortest_ns_) / width * width; first <= last; first += width) {
    Bucket& bucket = found.emplace_back();
    bucket.from_ns = begin_ns(first);
    bucket.below_ns = begin_ns(first + width);
    for (std::size_t part = first; part < std::min(first + width, kBuckets); ++part) {
      bucket.items += counts_[part];
    }
  }
  return found;
}

}  // namespace forkmap::base
