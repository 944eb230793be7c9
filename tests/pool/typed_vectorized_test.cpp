// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <forkmap/forkmap.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;

namespace {

void add_roots(std::span<const double> x, std::span<const std::int32_t> n, std::span<double> out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] < 0) throw std::domain_error("negative: " + std::to_string(x[i]));
    out[i] = std::sqrt(x[i]) * n[i] + 1.0 / (1.0 + x[i]);
  }
}

struct VectorizedFixture {
  Registry registry;
  Function<double(double, std::int32_t)> many = registry.add_vectorized("many", add_roots);
  Function<double(double, std::int32_t)> single =
      registry.add("single", [](double x, std::int32_t n) {
        if (x < 0) throw std::domain_error("negative: " + std::to_string(x));
        return std::sqrt(x) * n + 1.0 / (1.0 + x);
      });
  Function<std::string(std::string_view)> doubled = registry.add_vectorized(
      "doubled", [](ColumnView<std::string_view> in, ColumnWriter<std::string> out) {
        for (std::size_t i = 0; i < in.size(); ++i) out.append(std::string(in[i]).append(in[i]));
      });
};

}  // namespace

TEST_CASE("a vectorized function is one like any other to who calls or maps it") {
  VectorizedFixture f;
  CHECK(f.many(4, 3) == f.single(4, 3));
  CHECK_THROWS_AS(f.many(-4, 3), FunctionError);
  CHECK(f.registry.functions().front().vectorized);
  CHECK_FALSE(f.registry.functions()[1].vectorized);
  Pool pool(f.registry, {.workers = 2});
  CHECK(pool.submit(f.many, 9, 2).get() == f.single(9, 2));
  CHECK(pool.map(f.doubled, {"ab", "", "c"}).collect() ==
        std::vector<std::string>{"abab", "", "cc"});
}

TEST_CASE("every chunk size gives the same bits as item by item") {
  VectorizedFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<double> x(5000);
  std::iota(x.begin(), x.end(), 0.25);
  std::vector<std::int32_t> n(x.size());
  std::iota(n.begin(), n.end(), -2000);
  const auto wanted = pool.map(f.single, zip(x, n)).collect();
  for (const std::size_t chunk : {0U, 1U, 2U, 3U, 7U, 64U, 1000U, 5000U}) {
    const auto seen = pool.map(f.many, zip(x, n), {.chunk = chunk}).collect();
    REQUIRE(seen.size() == wanted.size());
    CHECK(std::memcmp(seen.data(), wanted.data(), wanted.size() * sizeof(double)) == 0);
  }
}

TEST_CASE("map_into with a vectorized function, over the pool's arrays and others") {
  VectorizedFixture f;
  Pool pool(f.registry, {.workers = 2});
  constexpr std::size_t size = 100'000;
  auto x = pool.array<double>(size);
  auto n = pool.array<std::int32_t>(size);
  auto out = pool.array<double>(size);
  std::iota(x.begin(), x.end(), 0.0);
  std::iota(n.begin(), n.end(), 0);
  CHECK(pool.map_into(out, f.many, x, n).empty());
  const std::vector<double> private_x(x.begin(), x.end());
  const std::vector<std::int32_t> private_n(n.begin(), n.end());
  std::vector<double> private_out(size);
  CHECK(pool.map_into(private_out, f.single, private_x, private_n).empty());
  CHECK(std::memcmp(out.data(), private_out.data(), size * sizeof(double)) == 0);

  x[777] = -1;
  x[99'999] = -2;
  const std::vector<double> before(out.begin(), out.end());
  const std::vector<ItemError> errors = pool.map_into(out, f.many, x, n);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].index == 777);
  CHECK(errors[0].message == "negative: -1.000000");
  CHECK(errors[1].index == 99'999);
  CHECK(std::memcmp(out.data(), before.data(), size * sizeof(double)) == 0);
}

TEST_CASE("results of a vectorized function that fill windows many times over are all there") {
  VectorizedFixture f;
  Pool pool(f.registry, {.workers = 2, .window_bytes = 1 << 20});
  std::vector<std::string> items;
  for (int i = 0; i < 300; ++i) items.emplace_back(20'000, static_cast<char>('a' + i % 26));
  items[100] = std::string(600'000, 'x');  // twice that does not fit any window
  std::size_t values = 0;
  std::vector<ItemError> errors;
  for (auto& outcome : pool.map(f.doubled, items, {.chunk = 40}).outcomes()) {
    if (!outcome) {
      errors.push_back(outcome.error());
    } else if (outcome.value() == items[outcome.index()] + items[outcome.index()]) {
      ++values;
    }
  }
  CHECK(values == 299);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].index == 100);
  CHECK(errors[0].kind == ErrorKind::payload_too_large);
}

TEST_CASE("map_into survives deaths in calls of many: the guilty are found, the others are right") {
  Registry registry;
  const auto f =
      registry.add_vectorized("f", [](std::span<const std::int64_t> x, std::span<std::int64_t> y) {
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (x[i] % 20'000 == 777) ::_exit(9);
          y[i] = x[i] * x[i] + 1;
        }
      });
  Pool pool(registry, {.workers = 2});
  constexpr std::size_t size = 50'000;
  const auto check = [&](auto& x, auto& y) {
    std::iota(x.begin(), x.end(), 0);
    const std::vector<ItemError> errors = pool.map_into(y, f, x);
    REQUIRE(errors.size() == 3);
    for (std::size_t i = 0; i < errors.size(); ++i) {
      CHECK(errors[i].index == 20'000 * i + 777);
      CHECK(errors[i].kind == ErrorKind::worker_died);
      CHECK(errors[i].exit_status == 9);
      CHECK(errors[i].attempt == 2);
    }
    std::size_t right = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto value = static_cast<std::int64_t>(i);
      if (i % 20'000 != 777 && y[i] == value * value + 1) ++right;
    }
    CHECK(right == size - 3);
  };
  auto in = pool.array<std::int64_t>(size);
  auto out = pool.array<std::int64_t>(size);
  check(in, out);
  std::vector<std::int64_t> private_in(size);
  std::vector<std::int64_t> private_out(size);
  check(private_in, private_out);
}
