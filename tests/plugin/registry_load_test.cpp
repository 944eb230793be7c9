// SPDX-License-Identifier: Apache-2.0
#include <forkmap/registry.hpp>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;

TEST_CASE("a loaded plugin shows its name, version, functions and a new generation") {
  Registry registry;
  CHECK(registry.generation() == 0);
  const forkmap::PluginInfo info = registry.load(example("arith"));
  CHECK(info.name == "arith");
  CHECK(info.version == "1.0");
  CHECK(info.path == example("arith"));
  CHECK(info.generation == 1);
  CHECK_FALSE(info.in_place);
  CHECK(info.build_id.size() >= 16);
  CHECK(info.changed.empty());
  REQUIRE(info.functions.size() >= 4);
  CHECK(info.functions[0].full_name == "arith:square");
  CHECK(info.functions[0].signature == "(i64) -> i64");
  CHECK(info.functions[0].plugin == "arith");
  CHECK_FALSE(info.functions[0].doc.empty());
  CHECK(registry.generation() == 1);
}

TEST_CASE("each load raises the generation by one, and functions keep the one they came with") {
  Registry registry;
  registry.load(example("arith"));
  registry.load(example("powers"));
  CHECK(registry.generation() == 2);
  CHECK(registry.function("square").generation() == 1);
  CHECK(registry.function("cube").generation() == 2);
  REQUIRE(registry.plugins().size() == 2);
  CHECK(registry.plugins()[1].name == "powers");
}

TEST_CASE("the same file loaded twice is loaded once") {
  Registry registry;
  registry.load(example("arith"));
  const std::size_t functions = registry.functions().size();
  const forkmap::PluginInfo again = registry.load(example("arith"));
  CHECK(again.generation == 1);
  CHECK(registry.generation() == 1);
  CHECK(registry.functions().size() == functions);
}

TEST_CASE("a link to a loaded file is the same file") {
  const TemporaryFolder folder;
  fs::create_symlink(example("arith"), folder.file("other.so"));
  Registry registry;
  registry.load(example("arith"));
  CHECK(registry.load(folder.file("other.so")).generation == 1);
  CHECK(registry.generation() == 1);
}

TEST_CASE("two plugins of one name are refused, and the first one goes on") {
  Registry registry;
  registry.load(example("arith"));
  const auto error = load_error([&] { registry.load(bad("impostor")); });
  REQUIRE(error);
  CHECK(error->step() == "registry");
  CHECK(error->reason().find("a plugin named arith is loaded already, from " + example("arith")) !=
        std::string::npos);
  CHECK(registry.generation() == 1);
  CHECK(registry.function<std::int64_t(std::int64_t)>("square")(7) == 49);
}

TEST_CASE("a plugin can be loaded without a probe, and in place") {
  Registry registry;
  CHECK_FALSE(registry.load(example("arith"), {.probe = false}).in_place);
  CHECK(registry.load(example("powers"), {.in_place = true}).in_place);
  CHECK(registry.function<std::int64_t(std::int64_t)>("cube")(3) == 27);
}

TEST_CASE("two registries hold two copies of a plugin, each with variables of its own") {
  Registry one;
  Registry two;
  one.load(bad("helper_one"));
  two.load(bad("helper_one"));
  const auto count_one = one.function<std::int64_t(std::int64_t)>("count");
  const auto count_two = two.function<std::int64_t(std::int64_t)>("count");
  CHECK(count_one(0) == 1);
  CHECK(count_one(0) == 2);
  CHECK(count_two(0) == 1);
}

TEST_CASE("A14: two plugins with the same global names see each their own") {
  Registry registry;
  registry.load(bad("helper_one"));
  registry.load(bad("helper_two"));
  using HelperCall = std::int64_t(std::int64_t);
  CHECK(registry.function<HelperCall>("helper_one:call_helper")(0) == 1);
  CHECK(registry.function<HelperCall>("helper_two:call_helper")(0) == 2);
  CHECK(registry.function<HelperCall>("helper_one:count")(0) == 1);
  CHECK(registry.function<HelperCall>("helper_one:count")(0) == 2);
  CHECK(registry.function<HelperCall>("helper_two:count")(0) == 1);
}

TEST_CASE("a plugin with $ORIGIN in its run path is loaded in place and finds its library") {
  Registry registry;
  CHECK(registry.load(bad("origin_runpath")).in_place);
  CHECK(registry.function<std::int64_t(std::int64_t)>("call_helper")(0) == 17);
}
