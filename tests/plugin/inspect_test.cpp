// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/inspect.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap::plugin;

namespace {
bool warns(const PluginReport& report, const std::string& text) {
  return std::any_of(
      report.warnings.begin(), report.warnings.end(),
      [&](const std::string& warning) { return warning.find(text) != std::string::npos; });
}
}  // namespace

TEST_CASE("inspect says what a good plugin has, without loading it") {
  const PluginReport report = inspect(example("arith"));
  CHECK_FALSE(report.refused());
  CHECK(report.name == "arith");
  CHECK(report.version == "1.0");
  CHECK(report.abi == 1U);
  CHECK(report.build_id.size() == 40);
  CHECK_FALSE(report.in_place);
  CHECK_FALSE(report.has_hooks);
  REQUIRE(report.functions.size() >= 3);
  CHECK(report.functions[0].name == "square");
  CHECK(report.functions[0].signature == "(i64) -> i64");
  CHECK_FALSE(report.functions[0].doc.empty());
  CHECK(report.warnings.empty());
  CHECK(inspect(example("stats")).has_hooks);
}

TEST_CASE("inspect shows marked functions, and reasons for loading in place") {
  const PluginReport faulty = inspect(bad("faulty"));
  const auto once = std::count_if(faulty.functions.begin(), faulty.functions.end(),
                                  [](const ProbedFunction& function) { return function.once; });
  CHECK(once >= 1);
  const PluginReport origin = inspect(bad("origin_runpath"));
  CHECK(origin.in_place);
  CHECK(origin.in_place_reason.find("$ORIGIN") != std::string::npos);
  CHECK(warns(origin, "loaded in place"));
  CHECK(inspect(example("arith"), {.in_place = true}).in_place_reason.empty());
}

TEST_CASE("inspect warns of unique symbols, and of what constructors do to the process") {
  CHECK(warns(inspect(bad("unique_symbol")), "-fno-gnu-unique"));
  CHECK(warns(inspect(bad("handler_in_constructor")), "what SIGSEGV does"));
  CHECK(warns(inspect(bad("thread_in_constructor")), "1 threads running"));
}

TEST_CASE("inspect of a refused file has step and reason, and what the file says all the same") {
  const PluginReport report = inspect(bad("wrong_abi"));
  CHECK(report.refused());
  CHECK(report.refused_step == "abi");
  CHECK(report.refused_reason.starts_with("ABI 2, this forkmap needs 1"));
  CHECK(report.abi == 2U);
  CHECK(report.build_id.size() == 40);
  const PluginReport missing = inspect("no_such_plugin");
  CHECK(missing.refused_step == "search");
  CHECK(missing.path == "no_such_plugin");
}
