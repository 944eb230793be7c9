// SPDX-License-Identifier: Apache-2.0
#include <forkmap/registry.hpp>

#include "core/plugin/near_names.hpp"
#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap::plugin;
using forkmap::Registry;

TEST_CASE("a short name works while it is unique, and an ambiguous one lists its candidates") {
  Registry registry;
  registry.load(bad("helper_one"));
  CHECK(registry.function("count").full_name() == "helper_one:count");
  registry.load(bad("helper_two"));
  CHECK(registry.function("helper_two:count").name() == "count");
  try {
    (void)registry.function("count");
    FAIL("no AmbiguousFunction");
  } catch (const forkmap::AmbiguousFunction& error) {
    CHECK(error.candidates() == std::vector<std::string>{"helper_one:count", "helper_two:count"});
    CHECK(std::string(error.what()).find("helper_one:count, helper_two:count") !=
          std::string::npos);
  }
}

TEST_CASE("an unknown function is refused with names that look like it") {
  Registry registry;
  CHECK_THROWS_WITH(registry.function("square"), Catch::Contains("no plugin is loaded"));
  registry.load(example("arith"));
  try {
    (void)registry.function("sqaure");
    FAIL("no UnknownFunction");
  } catch (const forkmap::UnknownFunction& error) {
    REQUIRE_FALSE(error.near().empty());
    CHECK(error.near()[0] == "arith:square");
    CHECK(std::string(error.what()).find("did you mean arith:square") != std::string::npos);
  }
  CHECK_THROWS_WITH(
      registry.function("powers:square"),
      Catch::Contains("no plugin powers is loaded") && Catch::Contains("arith:square"));
  CHECK_THROWS_WITH(registry.function("zzzzzzzzz"),
                    Catch::Contains("the functions are arith:square"));
  CHECK_THROWS_AS(registry.function(""), forkmap::UnknownFunction);
}

TEST_CASE("a handle asked for with other types is refused with both signatures") {
  Registry registry;
  registry.load(example("arith"));
  CHECK_THROWS_WITH(registry.function<double(double)>("square"),
                    "function arith:square is (i64) -> i64, asked for as (f64) -> f64");
  // Compared as forkmap signatures: long long is an i64, too.
  CHECK(registry.function<long long(long long)>("square")(3) == 9);
}

TEST_CASE("the distance of names counts letters to insert, delete, replace or swap") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("square", "square") == 0);
  CHECK(edit_distance("square", "Square") == 0);
  CHECK(edit_distance("sqaure", "square") == 1);
  CHECK(edit_distance("squar", "square") == 1);
  CHECK(edit_distance("cube", "tube") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("near names come nearest first and far ones not at all") {
  const std::vector<std::string> names{"arith:square", "arith:square_verbose", "text:lines"};
  CHECK(near_names("sqare", names) == std::vector<std::string>{"arith:square"});
  CHECK(near_names("square", names) ==
        std::vector<std::string>{"arith:square", "arith:square_verbose"});
  CHECK(near_names("zzzz", names).empty());
  CHECK(near_names("square", names, 1).size() == 1);
}
