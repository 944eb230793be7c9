// SPDX-License-Identifier: Apache-2.0
#include <forkmap/registry.hpp>
#include <functional>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;

static double half(double x) { return x / 2; }

TEST_CASE("a lambda, a function and a functor can be added, each raises the generation") {
  Registry registry;
  const std::int64_t offset = 100;
  const auto plus = registry.add("plus", [offset](std::int64_t x) { return x + offset; }, "Add.");
  const auto halved = registry.add("half", half);
  const auto wrapped =
      registry.add("wrapped", std::function<std::string(std::string_view)>(
                                  [](std::string_view t) { return std::string(t) + "!"; }));
  CHECK(registry.generation() == 3);
  CHECK(plus(1) == 101);
  CHECK(halved(3) == 1.5);
  CHECK(wrapped("hi") == "hi!");
  CHECK(plus.generation() == 1);
  CHECK(plus.full_name() == "plus");
  CHECK(registry.function<double(double)>("half")(8) == 4);
  const auto functions = registry.functions();
  REQUIRE(functions.size() == 3);
  CHECK(functions[0].doc == "Add.");
  CHECK(functions[0].plugin.empty());
  CHECK(functions[2].signature == "(str) -> str");
}

TEST_CASE("the callable is copied and lives as long as the registry") {
  const auto counter = std::make_shared<int>(0);
  {
    Registry registry;
    const auto count = registry.add("count", [counter](std::int64_t x) {
      *counter += 1;
      return x;
    });
    (void)count(1);
    CHECK(counter.use_count() == 2);
  }
  CHECK(*counter == 1);
  CHECK(counter.use_count() == 1);
}

TEST_CASE("a callable may have state that it changes") {
  Registry registry;
  const auto next =
      registry.add("next", [n = std::int64_t{0}](std::int64_t) mutable { return ++n; });
  CHECK(next(0) == 1);
  CHECK(next(0) == 2);
}

TEST_CASE("names that are empty, taken or have a colon are refused") {
  Registry registry;
  registry.add("half", half);
  CHECK_THROWS_AS(registry.add("half", half), forkmap::InvalidOption);
  CHECK_THROWS_AS(registry.add("", half), forkmap::InvalidOption);
  CHECK_THROWS_AS(registry.add("a:b", half), forkmap::InvalidOption);
  CHECK_THROWS_AS(registry.add("a b", half), forkmap::InvalidOption);
  CHECK(registry.generation() == 1);
}

TEST_CASE("a host function's full name is its name, also beside a plugin's function of that name") {
  Registry registry;
  registry.load(example("arith"));
  registry.add("square", [](double x) { return x * x; });
  CHECK(registry.function<double(double)>("square")(1.5) == 2.25);
  CHECK(registry.function<std::int64_t(std::int64_t)>("arith:square")(3) == 9);
}
