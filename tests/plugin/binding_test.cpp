// SPDX-License-Identifier: Apache-2.0
//
// What plugins and their libraries are bound to. Nothing is ever unloaded, so each case is for a
// process of its own.
#include "core/plugin/binding.hpp"

#include <dlfcn.h>

#include <forkmap/registry.hpp>

#include "core/plugin/inspect.hpp"
#include "core/plugin/loaded_objects.hpp"
#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap;

namespace {

using Real = double(double);
using Whole = std::int64_t(std::int64_t);
using Text = std::string(std::int64_t);

LoadOptions bound(Bind bind) {
  LoadOptions options;
  options.bind = bind;
  return options;
}

LoadOptions with_global(const std::string& library) {
  LoadOptions options;
  options.global.push_back(library);
  return options;
}

std::string refusal(const std::string& plugin, const LoadOptions& options = {}) {
  Registry registry;
  const auto error = load_error([&] { registry.load(bad(plugin), options); });
  if (!error) return "loaded";
  CHECK(registry.generation() == 0);
  return error->step() + ": " + error->reason();
}

void check_own_names(const Registry& registry) {
  CHECK(registry.function<Real>("gamma")(1) == 1.25);
  CHECK(registry.function<Real>("y1")(1) == 101);
  CHECK(registry.function<Real>("round")(1) == 201);
  CHECK(registry.function<Whole>("index")(3) == 3007);
  CHECK(registry.function<Whole>("error")(1) == 301);
  CHECK(registry.function<Whole>("timezone")(1) == 77);
}

}  // namespace

TEST_CASE("K7: a library whose own functions were taken away is refused, with both files") {
  for (const char* const plugin : {"own_names_user", "own_names_last"}) {
    const std::string reason = refusal(plugin);
    CAPTURE(reason);
    CHECK(reason.starts_with("bind: "));
    CHECK_THAT(reason, Catch::Contains(" in " + bad("libown_names") + " is bound to "));
    CHECK_THAT(reason, Catch::Contains("define it in " + bad("libown_names")));
    for (const char* const name : {"gamma", "y1", "round", "index", "error", "timezone"}) {
      CHECK_THAT(reason, Catch::Contains(name));
    }
    CHECK_THAT(reason, Catch::Contains("-Wl,-Bsymbolic") && Catch::Contains("--bind own"));
  }
}

TEST_CASE("K7: also where the plugin itself calls what its library has") {
  const std::string reason = refusal("direct_user");
  CAPTURE(reason);
  CHECK_THAT(reason, Catch::Contains("gamma in " + bad("direct_user") + " is bound to "));
  CHECK_THAT(reason, Catch::Contains("define it in " + bad("libown_names")));
}

TEST_CASE("K7: --bind own gives a library its own functions, in calls, addresses and tables") {
  Registry registry;
  const PluginInfo info = registry.load(bad("own_names_user"), bound(Bind::own));
  CHECK(info.warnings.empty());
  check_own_names(registry);
}

TEST_CASE("K7: --bind own also where the C library comes first in the plugin's order") {
  Registry registry;
  registry.load(bad("own_names_last"), bound(Bind::own));
  check_own_names(registry);
}

TEST_CASE("K7: --bind own gives a plugin what its library has") {
  Registry registry;
  registry.load(bad("direct_user"), bound(Bind::own));
  CHECK(registry.function<Real>("gamma")(1) == 1.25);
}

TEST_CASE("K7: what an earlier plugin has brought is a later one's own, too") {
  Registry registry;
  registry.load(bad("own_names_user"), bound(Bind::own));
  const auto error = load_error([&] { registry.load(bad("direct_user")); });
  REQUIRE(error);
  CHECK_THAT(error->reason(), Catch::Contains("define it in " + bad("libown_names")));
  registry.load(bad("direct_user"), bound(Bind::own));
  CHECK(registry.function<Real>("direct_user:gamma")(1) == 1.25);
}

TEST_CASE("K7: a library that is linked with -Bsymbolic has its own, and nothing is said") {
  Registry registry;
  CHECK(registry.load(bad("symbolic_user")).warnings.empty());
  check_own_names(registry);
}

TEST_CASE("K7: --bind any takes a plugin as it is, with a warning") {
  Registry registry;
  const PluginInfo info = registry.load(bad("own_names_user"), bound(Bind::any));
  REQUIRE(info.warnings.size() == 1);
  CHECK_THAT(info.warnings[0], Catch::Contains("is bound to"));
  CHECK(registry.function<Real>("gamma")(1) != 1.25);
}

TEST_CASE("K7: without a probe the host itself refuses") {
  LoadOptions options;
  options.probe = false;
  CHECK(refusal("own_names_user", options).starts_with("bind: "));
  options.in_place = true;
  CHECK(refusal("own_names_last", options).starts_with("bind: "));
}

TEST_CASE("K7: inspect says what a load would say") {
  const plugin::PluginReport report = plugin::inspect(bad("own_names_user"));
  CHECK(report.refused_step == "bind");
  CHECK_THAT(report.refused_reason, Catch::Contains("is bound to"));
  CHECK_FALSE(plugin::inspect(bad("own_names_user"), bound(Bind::own)).refused());
}

TEST_CASE("K7: ordinary plugins are bound to their own") {
  Registry registry;
  for (const char* const name : {"arith", "powers", "text", "stats", "checksum"}) {
    CHECK(registry.load(example(name)).warnings.empty());
  }
  for (const char* const name :
       {"faulty", "vectors", "helper_one", "helper_two", "unique_symbol"}) {
    CHECK(registry.load(bad(name)).warnings.empty());
  }
}

TEST_CASE(
    "K7: a second library of a soname is refused, with both files and who brought the first") {
  Registry registry;
  registry.load(bad("version_user_1"));
  registry.load(bad("version_user_1b"));  // shares it
  const auto error = load_error([&] { registry.load(bad("version_user_2")); });
  REQUIRE(error);
  CHECK(error->step() == "bind");
  const std::string folder = FORKMAP_TEST_PLUGIN_DIR;
  CHECK_THAT(error->reason(), Catch::Contains("needs " + folder + "/versions_2/libversions.so.1"));
  CHECK_THAT(error->reason(), Catch::Contains("loaded is " + folder + "/versions_1/"));
  CHECK_THAT(error->reason(), Catch::Contains(bad("version_user_1") + " brought"));
  CHECK(load_error([&] { registry.load(bad("version_user_2"), bound(Bind::own)); }));
  const PluginInfo info = registry.load(bad("version_user_2"), bound(Bind::any));
  REQUIRE(info.warnings.size() == 1);
  CHECK(registry.function<Whole>("version_user_2:version")(0) == 1);
}

TEST_CASE("K7: each library of a soname is right where it is alone") {
  Registry registry;
  registry.load(bad("version_user_2"));
  CHECK(registry.function<Whole>("version")(0) == 2);
}

TEST_CASE("K7: a copy of a library, with the same content, is the same library") {
  Registry registry;
  registry.load(bad("version_user_1"));
  CHECK(registry.load(bad("version_user_copy")).warnings.empty());
  CHECK(registry.function<Whole>("version_user_copy:version")(0) == 1);
}

TEST_CASE("K7: a plugin finds what lies beside its file, and itself by the name that it is told") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("beside"), folder, "beside.so");
  folder.file("value.txt", "42");
  Registry registry;
  const PluginInfo info = registry.load(file);
  CHECK_FALSE(info.in_place);
  CHECK(registry.function<Text>("file_of")(0) == file);
  CHECK(registry.function<Whole>("value_beside")(0) == 42);
  CHECK(registry.function<Whole>("helper_beside")(0) == 17);
}

TEST_CASE("K7: a constructor that looks for files beside it is told the remedy") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("beside_eager"), folder, "beside_eager.so");
  folder.file("value.txt", "42");
  Registry registry;
  const auto error = load_error([&] { registry.load(file); });
  REQUIRE(error);
  CHECK_THAT(error->reason(), Catch::Contains("--load-in-place"));
  LoadOptions options;
  options.in_place = true;
  registry.load(file, options);
  CHECK(registry.function<Whole>("value_beside")(0) == 42);
}

TEST_CASE("K7: a plugin that opens $ORIGIN/... is loaded from where it is") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("beside_origin"), folder, "beside_origin.so");
  copied(bad("origin_helper"), folder, "origin_helper.so");
  Registry registry;
  CHECK(registry.load(file).in_place);
#if !defined(FORKMAP_SANITIZED)
  // The sanitizer opens libraries in the name of its own, which lies elsewhere.
  CHECK(registry.function<Whole>("helper_beside")(0) == 17);
#endif
  const plugin::PluginReport report = plugin::inspect(file);
  CHECK_THAT(report.in_place_reason, Catch::Contains("$ORIGIN"));
}

TEST_CASE("K7: a private copy that bears the file's name is not given to who loads in place") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("helper_one"), folder, "helper.so");
  Registry first;
  first.load(file);
  CHECK(first.function<Whole>("count")(0) == 1);
  Registry second;
  LoadOptions options;
  options.in_place = true;
  second.load(file, options);
  CHECK(second.function<Whole>("count")(0) == 1);
  CHECK(first.function<Whole>("count")(0) == 2);
  Registry third;  // a copy of its own, as ever
  third.load(file);
  CHECK(third.function<Whole>("count")(0) == 1);
}

TEST_CASE("K7: crash reports find a private copy's functions also after its file was replaced") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("faulty"), folder, "faulty.so");
  Registry registry;
  registry.load(file);
  replace_file(file, example("arith"));
  const plugin::LoadedObjects objects(registry.table());
  const auto& function = registry.table().resolve("crash_on_three");
  const plugin::CodePlace place =
      objects.find(reinterpret_cast<std::uintptr_t>(function.record->run), false);
  CHECK(place.is_plugin);
  CHECK(place.object == file);
  CHECK_THAT(place.function, Catch::Contains("faulty::crash_on_three"));
}

TEST_CASE("K7: a library whose part lacks its symbols works once it is global") {
  Registry registry;
  registry.load(bad("kernel_lazy"), with_global("libkernel_core.so"));
  CHECK(registry.function<Whole>("value")(0) == 10);
}

TEST_CASE("K7: a plugin's file can say that a library must be global") {
  const char* const name = GENERATE("kernel_says_global", "kernel_by_cmake");
  Registry registry;
  registry.load(bad(name));
  CHECK(registry.function<Whole>("value")(0) == 10);
}

TEST_CASE("K7: a library that is to be global is so before constructors of the plugin run") {
  const std::string reason = refusal("kernel_eager");
  CAPTURE(reason);
  CHECK_THAT(reason, Catch::Contains("core_table") && Catch::Contains("--global"));
  Registry registry;
  registry.load(bad("kernel_eager"), with_global("libkernel_core.so"));
  CHECK(registry.function<Whole>("value")(0) == 10);
}

TEST_CASE("K7: a library that is to be global and cannot be loaded is told") {
  CHECK_THAT(refusal("kernel_lazy", with_global("/not/there.so")),
             Catch::Contains("/not/there.so"));
}
