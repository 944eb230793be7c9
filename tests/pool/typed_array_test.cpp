// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <numeric>
#include <optional>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;

namespace {

struct ArrayFixture {
  Registry registry;
  Function<double(double)> root = registry.add("root", [](double x) {
    if (x < 0) throw std::domain_error("negative");
    return std::sqrt(x);
  });
  Function<double(double, std::int32_t)> scale =
      registry.add("scale", [](double x, std::int32_t n) { return x * n; });
  Function<bool(std::int64_t)> is_odd =
      registry.add("is_odd", [](std::int64_t x) { return x % 2 != 0; });
};

}  // namespace

TEST_CASE("map_into over the pool's arrays gives what the serial map gives") {
  ArrayFixture f;
  Pool pool(f.registry, {.workers = 2});
  constexpr std::size_t size = 100'000;
  auto in = pool.array<double>(size);
  auto out = pool.array<double>(size);
  CHECK(std::ranges::all_of(in, [](double x) { return x == 0; }));
  std::iota(in.begin(), in.end(), 0.0);
  CHECK(pool.map_into(out, f.root, in).empty());
  bool right = true;
  for (std::size_t i = 0; i < size; ++i) right = right && out[i] == std::sqrt(in[i]);
  CHECK(right);
  CHECK(pool.map_into(std::span(out).subspan(1, 3), f.root, std::span(in).subspan(100, 3)).empty());
  CHECK(out[1] == 10);
  CHECK(out[0] == 0);
  CHECK(out[4] == 2);
}

TEST_CASE("over the pool's arrays the workers themselves write to the output") {
  Registry registry;
  // Each item reads the output of the one before, which only the worker can have put there so soon.
  const auto after = registry.add("after", [](std::uint64_t address) {
    return *reinterpret_cast<const std::uint64_t*>(address) + 1;
  });
  Pool pool(registry, {.workers = 1});
  auto zero = pool.array<std::uint64_t>(1);
  auto in = pool.array<std::uint64_t>(1000);
  auto out = pool.array<std::uint64_t>(1000);
  const auto address_of = [](const std::uint64_t& value) {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&value));
  };
  in[0] = address_of(zero[0]);
  for (std::size_t i = 1; i < in.size(); ++i) in[i] = address_of(out[i - 1]);
  CHECK(pool.map_into(out, after, in).empty());
  CHECK(out[0] == 1);
  CHECK(out[999] == 1000);
}

TEST_CASE("map_into copies what lies elsewhere") {
  ArrayFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<double> in(50'000);
  std::iota(in.begin(), in.end(), 0.0);
  const std::vector<std::int32_t> factors(in.size(), 3);
  std::vector<double> out(in.size());
  CHECK(pool.map_into(out, f.scale, in, factors).empty());
  bool right = true;
  for (std::size_t i = 0; i < in.size(); ++i) right = right && out[i] == 3 * in[i];
  CHECK(right);

  auto shared = pool.array<double>(in.size());
  CHECK(pool.map_into(shared, f.scale, in, factors).empty());
  CHECK(std::ranges::equal(shared, out));

  const std::vector<std::int64_t> numbers{1, 2, 3};
  auto odd = pool.array<bool>(3);
  CHECK(pool.map_into(odd, f.is_odd, numbers).empty());
  CHECK(odd[0]);
  CHECK_FALSE(odd[1]);
  CHECK(odd[2]);
}

TEST_CASE("map_into returns the failed items and leaves their elements") {
  ArrayFixture f;
  Pool pool(f.registry, {.workers = 2});
  const auto check = [&](std::span<double> out, std::span<double> in) {
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<double>(i);
    in[3] = -1;
    in[700] = -1;
    std::ranges::fill(out, 7.0);
    const auto errors = pool.map_into(out, f.root, in);
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].index == 3);
    CHECK(errors[1].index == 700);
    CHECK(errors[0].kind == ErrorKind::function_error);
    CHECK(errors[0].message == "negative");
    CHECK(out[3] == 7);
    CHECK(out[4] == 2);
    CHECK(out[900] == 30);
  };
  std::vector<double> in(1000);
  std::vector<double> out(1000);
  check(out, in);
  auto shared_in = pool.array<double>(1000);
  auto shared_out = pool.array<double>(1000);
  check(shared_out, shared_in);
}

TEST_CASE("a worker that dies over arrays costs its item only") {
  Registry registry;
  const auto die = registry.add("die", [](std::int64_t x) {
    if (x == 77) ::_exit(5);
    return x + 1;
  });
  Pool pool(registry, {.workers = 2, .retries = 1});
  auto in = pool.array<std::int64_t>(5000);
  auto out = pool.array<std::int64_t>(5000);
  std::iota(in.begin(), in.end(), 0);
  const auto errors = pool.map_into(out, die, in);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].index == 77);
  CHECK(errors[0].kind == ErrorKind::worker_died);
  CHECK(errors[0].attempt == 2);
  CHECK(errors[0].exit_status == 5);
  bool right = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    right = right && (i == 77 || out[i] == static_cast<std::int64_t>(i) + 1);
  }
  CHECK(right);
}

TEST_CASE("map_into refuses overlapping arrays and other lengths") {
  ArrayFixture f;
  Pool pool(f.registry, {.workers = 1});
  auto array = pool.array<double>(10);
  std::vector<double> vector(10);
  CHECK_THROWS_AS((void)pool.map_into(array, f.root, array), InvalidOption);
  CHECK_THROWS_AS((void)pool.map_into(vector, f.root, vector), InvalidOption);
  CHECK_THROWS_AS(
      (void)pool.map_into(std::span(vector).subspan(0, 5), f.root, std::span(vector).subspan(4, 5)),
      InvalidOption);
  CHECK(pool.map_into(std::span(vector).subspan(0, 5), f.root, std::span(vector).subspan(5, 5))
            .empty());
  CHECK_THROWS_AS((void)pool.map_into(array, f.root, std::span(vector).subspan(1)), InvalidOption);
  CHECK(pool.map_into(std::span<double>(), f.root, std::span<double>()).empty());
  auto none = pool.array<double>(0);
  CHECK(none.empty());
  CHECK(pool.map_into(none, f.root, std::vector<double>()).empty());
}

TEST_CASE("arrays outlive their pool, move, and give their memory back") {
  ArrayFixture f;
  std::optional<Pool> pool(std::in_place, f.registry, PoolOptions{.workers = 1});
  auto array = pool->array<double>(1000);
  const double* const place = array.data();
  {
    auto gone = std::move(array);
    CHECK(gone.data() == place);
    CHECK(array.size() == 0);
  }
  array = pool->array<double>(1000);
  CHECK(array.data() == place);
  array[999] = 4;
  CHECK(pool->map(f.root, array).collect().back() == 2);
  pool.reset();
  CHECK(array[999] == 4);
}

TEST_CASE("an array that no arena can hold is refused") {
  ArrayFixture f;
  Pool pool(f.registry, {.workers = 1});
  CHECK_THROWS_AS((void)pool.array<double>(std::size_t{1} << 50U), Error);
  CHECK_THROWS_AS((void)pool.array<double>(~std::size_t{0}), InvalidOption);
}

TEST_CASE("an item whose worker dies keeps its element, in private arrays and in the pool's") {
  Registry registry;
  const auto f = registry.add("f", [](std::int64_t x) {
    if (x == 777) ::_exit(9);
    return x + 1;
  });
  Pool pool(registry, {.workers = 2});
  constexpr std::size_t size = 20'000;
  const auto check = [&](auto& in, auto& out) {
    std::iota(in.begin(), in.end(), 0);
    std::ranges::fill(out, -1);
    const std::vector<ItemError> errors = pool.map_into(out, f, in);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].index == 777);
    CHECK(errors[0].kind == ErrorKind::worker_died);
    std::size_t right = 0;
    for (std::size_t i = 0; i < size; ++i) {
      if (out[i] == (i == 777 ? -1 : static_cast<std::int64_t>(i) + 1)) ++right;
    }
    CHECK(right == size);
  };
  auto in = pool.array<std::int64_t>(size);
  auto out = pool.array<std::int64_t>(size);
  check(in, out);
  std::vector<std::int64_t> private_in(size);
  std::vector<std::int64_t> private_out(size);
  check(private_in, private_out);
}
