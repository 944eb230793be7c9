// SPDX-License-Identifier: Apache-2.0
#include <forkmap/plugin.hpp>

#include <cmath>
#include <stdexcept>
#include <string>

#include "core/types/run_hook.hpp"
#include "tests/catch.hpp"
#include "tests/include/text_run.hpp"

using namespace forkmap;

namespace {

float half(float x) { return x / 2; }
[[maybe_unused]] double half(double x) { return x / 2; }
std::int64_t add(std::int64_t x, std::int64_t y) noexcept { return x + y; }

std::string mode;
void prepare() { mode = parameter("mode").value_or("default"); }
void begin() { throw std::runtime_error("cannot begin"); }
void end() { throw 42; }

}  // namespace

FORKMAP_PLUGIN("parts", "2.1", forkmap::function<add>("add", "Return the sum."),
               forkmap::function<float(float), half>("half", "Return half of it."),
               forkmap::function<double(double), ::cbrt>("cbrt", "Return the cube root."),
               forkmap::function(
                   "twice", [](double x) { return 2 * x; }, "Return twice the value."),
               forkmap::function<add>("add_once", "Return the sum.", forkmap::once),
               forkmap::preload<prepare>(), forkmap::start<begin>(), forkmap::stop<end>())

TEST_CASE("FORKMAP_PLUGIN describes the plugin") {
  const forkmap_plugin& plugin = *forkmap_plugin_v1();
  CHECK(plugin.size_bytes == sizeof(forkmap_plugin));
  CHECK(plugin.abi_version == FORKMAP_ABI_VERSION);
  CHECK(std::string(plugin.name) == "parts");
  CHECK(std::string(plugin.version) == "2.1");
  REQUIRE(plugin.function_count == 5);
  const forkmap_function& first = plugin.functions[0];
  CHECK(first.size_bytes == sizeof(forkmap_function));
  CHECK(std::string(first.name) == "add");
  CHECK(std::string(first.signature) == "(i64, i64) -> i64");
  CHECK(std::string(first.doc) == "Return the sum.");
  CHECK(first.flags == 0);
  CHECK(first.run_vector == nullptr);
  CHECK(first.call == nullptr);
  CHECK(plugin.functions[4].flags == FORKMAP_ONCE);
}

TEST_CASE("a signature picks the overload") {
  const forkmap_plugin& plugin = *forkmap_plugin_v1();
  CHECK(std::string(test::find_function(plugin, "half").signature) == "(f32) -> f32");
  CHECK(test::run_text(test::find_function(plugin, "half"), {"3"}).lines[0] == "1.5");
  CHECK(std::stod(test::run_text(test::find_function(plugin, "cbrt"), {"27"}).lines[0]) ==
        Approx(3));
  CHECK(test::run_text(test::find_function(plugin, "twice"), {"27"}).lines[0] == "54");
  CHECK(test::run_text(test::find_function(plugin, "add"), {"1\t2"}).lines[0] == "3");
}

TEST_CASE("a hook sees parameters, and its exception is why it failed") {
  const forkmap_plugin& plugin = *forkmap_plugin_v1();
  const types::Parameters parameters(types::Parameters::Values{{"mode", "fast"}});
  CHECK_FALSE(types::run_hook(plugin.preload, {&parameters}).has_value());
  CHECK(mode == "fast");
  CHECK(types::run_hook(plugin.start, {&parameters}) == "cannot begin");
  CHECK(types::run_hook(plugin.stop, {&parameters}) == "threw a value of type int");
}
