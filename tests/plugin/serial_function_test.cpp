// SPDX-License-Identifier: Apache-2.0
#include <forkmap/registry.hpp>
#include <numeric>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;

TEST_CASE("a handle is the serial map: arguments, several arguments, several results") {
  Registry registry;
  registry.load(example("arith"));
  const auto square = registry.function<std::int64_t(std::int64_t)>("square");
  std::vector<std::int64_t> results;
  for (std::int64_t item = 1; item <= 5; ++item) results.push_back(square(item));
  CHECK(results == std::vector<std::int64_t>{1, 4, 9, 16, 25});
  CHECK(registry.function<double(double, double)>("hypot")(3, 4) == 5);
  using Divided = std::tuple<std::int64_t, std::int64_t>;
  CHECK(registry.function<Divided(std::int64_t, std::int64_t)>("divmod")(17, 5) == Divided{3, 2});
}

TEST_CASE("text, bytes and arrays go in as views and come back as owning values") {
  Registry registry;
  registry.load(bad("faulty"));
  const auto echo = registry.function<std::string(std::string_view)>("echo");
  CHECK(echo("") == "");
  CHECK(echo(std::string_view("a\0b", 3)) == std::string("a\0b", 3));
  using Bytes = std::vector<std::byte>;
  const Bytes bytes{std::byte{0}, std::byte{255}, std::byte{10}};
  CHECK(registry.function<Bytes(std::span<const std::byte>)>("echo_bytes")(bytes) == bytes);
  CHECK(registry.function<Bytes(Bytes)>("echo_bytes")(bytes) == bytes);
  std::vector<double> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 0.5);
  const auto echo_array =
      registry.function<std::vector<double>(std::span<const double>)>("echo_array");
  CHECK(echo_array(numbers) == numbers);
  CHECK(echo_array({}).empty());
}

TEST_CASE("every type goes through a serial call unharmed, in mixed columns") {
  Registry registry;
  using Row = std::tuple<std::string, bool, std::vector<std::int16_t>, std::uint64_t, float,
                         std::vector<double>, std::int8_t>;
  const auto echo = registry.add(
      "echo", [](std::string_view text, bool flag, std::span<const std::int16_t> shorts,
                 std::uint64_t big, float small, std::vector<double> numbers, std::int8_t tiny) {
        return Row{std::string(text), flag, {shorts.begin(), shorts.end()}, big, small,
                   numbers,           tiny};
      });
  const Row row{"odd", true, {1, -2, 3}, ~std::uint64_t{0}, 1.5F, {2.5, -3.5}, std::int8_t{-128}};
  CHECK(std::apply(echo, row) == row);
  const Row empty{"", false, {}, 0, 0, {}, std::int8_t{0}};
  CHECK(std::apply(echo, empty) == empty);
}

TEST_CASE("a function without result returns nothing") {
  Registry registry;
  int calls = 0;
  const auto note = registry.add("note", [&calls](std::int64_t) { ++calls; });
  static_assert(std::is_void_v<decltype(note(1))>);
  note(1);
  CHECK(calls == 1);
}

TEST_CASE("A15: what a function throws is a FunctionError with its text") {
  Registry registry;
  registry.load(bad("faulty"));
  using ThrowingCall = std::int64_t(std::int64_t);
  const auto throw_on_three = registry.function<ThrowingCall>("throw_on_three");
  CHECK(throw_on_three(2) == 2);
  CHECK_THROWS_AS(throw_on_three(3), forkmap::FunctionError);
  CHECK_THROWS_AS(registry.function<ThrowingCall>("throw_int_on_three")(3), forkmap::FunctionError);
  CHECK(throw_on_three(4) == 4);
  registry.load(example("arith"));
  using Divided = std::tuple<std::int64_t, std::int64_t>;
  CHECK_THROWS_WITH((registry.function<Divided(std::int64_t, std::int64_t)>("divmod")(1, 0)),
                    "division by zero");
}

TEST_CASE("a result of many megabytes fits into a serial call") {
  Registry registry;
  const auto grow = registry.add("grow", [](std::uint64_t size) { return std::string(size, 'x'); });
  CHECK(grow(50'000'000).size() == 50'000'000);
}

TEST_CASE("a function may call another one serially while it runs") {
  Registry registry;
  const auto inner = registry.add("inner", [](std::int64_t x) { return x + 1; });
  const auto outer =
      registry.add("outer", [inner](std::int64_t x) { return inner(inner(x)) * 10; });
  CHECK(outer(1) == 30);
}
