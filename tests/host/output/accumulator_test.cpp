// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>

#include "host/output/accumulator.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("a sum of integers is exact beyond 64 bits and tells when it leaves 128") {
  Accumulator sum(Reduction::sum);
  for (int i = 0; i < 3; ++i) sum.add(Int128{std::numeric_limits<std::int64_t>::max()});
  CHECK(sum.text(false, false) == "27670116110564327421");
  const Int128 highest = (Int128{1} << 126) - 1 + (Int128{1} << 126);
  sum.add(highest);
  CHECK(sum.overflowed());
  CHECK_FALSE(sum.text(false, false));
}

TEST_CASE("the lowest and highest of 128 bits are written in full") {
  const Int128 highest = (Int128{1} << 126) - 1 + (Int128{1} << 126);
  CHECK(to_text(highest) == "170141183460469231731687303715884105727");
  CHECK(to_text(-highest - 1) == "-170141183460469231731687303715884105728");
  CHECK(to_text(0) == "0");
}

TEST_CASE("floats are added from left to right, and a NaN stays") {
  Accumulator sum(Reduction::sum);
  for (const double value : {1e16, 1.0, -1e16}) sum.add(value);
  CHECK(sum.text(true, false) == "0");
  for (const Reduction reduction : {Reduction::min, Reduction::max, Reduction::mean}) {
    Accumulator one(reduction);
    for (const double value : {1.0, std::nan(""), 0.5, 2.0}) one.add(value);
    CHECK(one.text(true, false) == "nan");
  }
}

TEST_CASE("nothing has a sum and a count but no min, max or mean") {
  CHECK(Accumulator(Reduction::sum).text(false, false) == "0");
  CHECK(Accumulator(Reduction::sum).text(true, false) == "0");
  CHECK(Accumulator(Reduction::count).text(false, false) == "0");
  CHECK_FALSE(Accumulator(Reduction::min).text(false, false));
  CHECK_FALSE(Accumulator(Reduction::max).text(true, false));
  CHECK_FALSE(Accumulator(Reduction::mean).text(true, false));
}

TEST_CASE("min and max of negative numbers do not start at zero") {
  Accumulator max(Reduction::max);
  for (const int value : {-5, -3, -9}) max.add(Int128{value});
  CHECK(max.text(false, false) == "-3");
  Accumulator min(Reduction::min);
  for (const double value : {5.5, 3.25}) min.add(value);
  CHECK(min.text(true, false) == "3.25");
}

TEST_CASE("a float of 32 bits is written as one where it is one of the values") {
  Accumulator max(Reduction::max);
  max.add(static_cast<double>(0.1F));
  CHECK(max.text(true, true) == "0.1");
}

TEST_CASE("an accumulator goes on from its state, to the last bit") {
  for (const Reduction reduction : {Reduction::sum, Reduction::min, Reduction::mean}) {
    Accumulator whole(reduction);
    Accumulator first(reduction);
    Accumulator second(reduction);
    for (int i = 0; i < 100; ++i) {
      whole.add(0.1 * i - 3);
      if (i < 50) first.add(0.1 * i - 3);
      if (i == 49) REQUIRE(second.restore(first.state()));
      if (i >= 50) second.add(0.1 * i - 3);
    }
    CHECK(second.text(true, false) == whole.text(true, false));
    CHECK(second.count() == 100);
  }
  Accumulator negative(Reduction::sum);
  negative.add(-(Int128{1} << 100));
  Accumulator other(Reduction::sum);
  REQUIRE(other.restore(negative.state()));
  CHECK(other.text(false, false) == to_text(-(Int128{1} << 100)));
  CHECK_FALSE(other.restore("1 2"));
  CHECK_FALSE(other.restore("1 2 3 4 0 5"));
}

TEST_CASE("accumulators of parts make that of the whole") {
  for (const Reduction reduction :
       {Reduction::sum, Reduction::min, Reduction::max, Reduction::count, Reduction::mean}) {
    Accumulator whole(reduction);
    Accumulator odd(reduction);
    Accumulator even(reduction);
    const Accumulator none(reduction);
    for (int i = -7; i < 20; ++i) {
      whole.add(Int128{i} * 3);
      (i % 2 == 0 ? even : odd).add(Int128{i} * 3);
    }
    Accumulator joined = none;
    for (const Accumulator& part : {none, odd, none, even}) joined.add_all_of(part);
    CHECK(joined.count() == whole.count());
    CHECK(joined.text(false, false) == whole.text(false, false));
  }
}

TEST_CASE("accumulators of floats keep what is the least, the greatest, or none at all") {
  const auto joined = [](Reduction reduction, std::initializer_list<double> values) {
    Accumulator all(reduction);
    for (const double value : values) {
      Accumulator one(reduction);
      one.add(value);
      all.add_all_of(one);
    }
    return all.text(true, false);
  };
  CHECK(joined(Reduction::min, {2.5, -1.5, 3}) == "-1.5");
  CHECK(joined(Reduction::max, {-2.5, -1.5, -3}) == "-1.5");
  CHECK(joined(Reduction::sum, {0.5, 0.25}) == "0.75");
  CHECK(joined(Reduction::mean, {1, 2, 6}) == "3");
  for (const Reduction reduction : {Reduction::min, Reduction::max, Reduction::sum}) {
    CHECK(joined(reduction, {1.0, std::nan(""), 0.5}) == "nan");
  }
}

TEST_CASE("an accumulator that left 128 bits, or leaves them with another, has no value") {
  const Int128 large = Int128{1} << 126;
  Accumulator one(Reduction::sum);
  one.add(large);
  Accumulator all = one;
  all.add_all_of(one);
  CHECK(all.overflowed());
  Accumulator other(Reduction::sum);
  other.add_all_of(all);
  CHECK(other.overflowed());
}
