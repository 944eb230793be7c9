// SPDX-License-Identifier: Apache-2.0
#include "core/base/time_histogram.hpp"

#include <cmath>
#include <cstdint>

#include "tests/catch.hpp"

using namespace forkmap::base;

TEST_CASE("each time lies in the bucket that says so, and buckets leave no gap") {
  for (std::size_t bucket = 0; bucket + 1 < TimeHistogram::kBuckets; ++bucket) {
    const std::uint64_t begin = TimeHistogram::begin_ns(bucket);
    const std::uint64_t next = TimeHistogram::begin_ns(bucket + 1);
    REQUIRE(begin < next);
    REQUIRE(TimeHistogram::bucket_of(begin) == bucket);
    REQUIRE(TimeHistogram::bucket_of(next - 1) == bucket);
    // At most a sixteenth of what lies in it.
    if (begin >= 16) REQUIRE((next - begin) * 16 <= begin);
  }
  CHECK(TimeHistogram::bucket_of(UINT64_MAX) == TimeHistogram::kBuckets - 1);
}

TEST_CASE("quantiles are those of the items, to a sixteenth") {
  TimeHistogram times;
  CHECK(times.quantile_ns(0.5) == 0);
  CHECK(times.buckets().empty());
  for (std::uint64_t time = 1; time <= 1000; ++time) times.add(time * 1000, 1);
  CHECK(times.items() == 1000);
  CHECK(times.mean_ns() == Approx(500'500));
  const auto near = [](std::uint64_t found, double wanted) {
    return static_cast<double>(found) >= wanted && static_cast<double>(found) <= wanted * 17 / 16;
  };
  CHECK(near(times.quantile_ns(0.5), 500'000));
  CHECK(near(times.quantile_ns(0.9), 900'000));
  CHECK(near(times.quantile_ns(0.99), 990'000));
  CHECK(times.quantile_ns(1) == 1'000'000);
  CHECK(times.longest_ns() == 1'000'000);
  CHECK(times.shortest_ns() == 1000);
}

TEST_CASE("a rare slow item is in the tail only, and items of a chunk count each") {
  TimeHistogram times;
  times.add(100, 9'999);
  times.add(3'000'000'000, 1);
  CHECK(times.quantile_ns(0.999) < 107);
  CHECK(times.quantile_ns(1) == 3'000'000'000);
}

TEST_CASE("buckets that are taken together hold all items") {
  TimeHistogram times;
  for (const std::uint64_t time : {0U, 3U, 17U, 1000U, 4'000'000'000U}) times.add(time, 2);
  for (const std::size_t width : {1U, 2U, 8U, 16U, 64U}) {
    std::uint64_t sum = 0;
    for (const auto& bucket : times.buckets(width)) sum += bucket.items;
    CHECK(sum == 10);
  }
}

TEST_CASE("the median of nothing is nothing, and of equal times that time, to 3 %") {
  CHECK(TimeHistogram{}.median_ns() == 0);
  for (const std::uint64_t time : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{31},
                                   std::uint64_t{32}, std::uint64_t{1'000}, std::uint64_t{123'456},
                                   std::uint64_t{7'000'000'000}, std::uint64_t{1} << 54U}) {
    CAPTURE(time);
    TimeHistogram times;
    times.add(time, 5);
    const auto error = static_cast<double>(times.median_ns()) - static_cast<double>(time);
    CHECK(std::abs(error) <= 0.032 * static_cast<double>(time));
  }
}

TEST_CASE("half of the items are below the median, whatever the slow ones take") {
  TimeHistogram times;
  for (std::uint64_t time = 1; time <= 1001; ++time) times.add(time * 1'000'000, 1);
  times.add(3'600'000'000'000, 300);
  times.add(1'000, 300);
  const auto median = static_cast<double>(times.median_ns());
  CHECK(median > 0.96 * 501e6);
  CHECK(median < 1.04 * 501e6);
  CHECK(times.items() == 1601);
}
