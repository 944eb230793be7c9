// SPDX-License-Identifier: Apache-2.0
#include <forkmap/registry.hpp>

#include "core/plugin/registry_table.hpp"
#include "core/plugin/serial_call.hpp"
#include "core/plugin/serial_session.hpp"
#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;
using Statistics = std::tuple<double, double>(std::span<const double>);

TEST_CASE("a function of a plugin with hooks is not called serially before they have run") {
  Registry registry;
  registry.load(example("stats"));
  const auto mean = registry.function<Statistics>("mean_deviation");
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  CHECK_THROWS_AS(mean(values), forkmap::NotPrepared);
  registry.prepare_serial({{"deviation", "population"}});
  const auto [average, deviation] = mean(values);
  CHECK(average == 5);
  CHECK(deviation == 2);
}

TEST_CASE("a plugin without hooks needs no preparation") {
  Registry registry;
  registry.load(example("arith"));
  CHECK(registry.function<std::int64_t(std::int64_t)>("square")(2) == 4);
}

TEST_CASE("a plugin loaded after prepare_serial needs another one, which prepares it only") {
  Registry registry;
  registry.load(bad("preload_parameter"));
  registry.prepare_serial({{"calibration", "first"}});
  registry.load(example("stats"));
  const auto mean = registry.function<Statistics>("mean_deviation");
  CHECK_THROWS_AS(mean(std::vector<double>{1, 2}), forkmap::NotPrepared);
  registry.prepare_serial({{"calibration", "second"}});
  CHECK(std::get<0>(mean(std::vector<double>{1, 2})) == 1.5);
  // Its preload ran once, with the first parameters.
  CHECK(registry.function<std::string(std::int64_t)>("kept_value")(0) == "first");
}

TEST_CASE("a hook that fails is an error with its text, and the plugin stays unprepared") {
  for (const auto& [plugin, text] :
       {std::pair{"preload_fails", "preload of preload_fails: the calibration is missing"},
        std::pair{"start_fails", "start of start_fails: the calibration is missing"},
        std::pair{"preload_throws_int",
                  "preload of preload_throws_int: threw a value of type int"}}) {
    Registry registry;
    registry.load(bad(plugin));
    CHECK_THROWS_WITH(registry.prepare_serial(), Catch::Contains(text));
    CHECK_THROWS_AS(registry.function<std::string(std::int64_t)>("kept_value")(0),
                    forkmap::NotPrepared);
  }
}

TEST_CASE("parameters and seed of prepare_serial reach functions") {
  Registry registry;
  const auto value = registry.add("value", [](std::string_view name) {
    return std::string(forkmap::parameter(name).value_or("none"));
  });
  const auto seed = registry.add("seed", [](std::int64_t) { return forkmap::item_seed(); });
  const auto index = registry.add("index", [](std::int64_t) { return forkmap::item_index(); });
  CHECK(value("calib") == "none");
  const std::uint64_t seed_before = seed(0);
  registry.prepare_serial({{"calib", "run7.json"}}, 42);
  CHECK(value("calib") == "run7.json");
  CHECK(seed(0) != seed_before);
  CHECK(index(0) == 0);
}

TEST_CASE("a serial run of many items keeps order, errors and indices") {
  Registry registry;
  registry.add("check", [](std::int64_t x, std::string_view text) {
    if (x % 3 == 0) throw std::runtime_error("no " + std::to_string(x));
    return std::tuple<std::uint64_t, std::string>(forkmap::item_index(), std::string(text) + "!");
  });
  const auto& entry = registry.function("check").entry();
  forkmap::plugin::SerialCall call(registry.serial_session(), entry, 100, 10'000);
  for (std::int64_t item = 0; item < 100; ++item) {
    REQUIRE(forkmap::write_row(call.inputs(), item, std::to_string(item)));
  }
  CHECK_FALSE(forkmap::write_row(call.inputs(), std::int64_t{0}, std::string()));
  call.run(7, 10);
  for (std::uint64_t item = 0; item < 100; ++item) {
    if (item % 3 == 0) {
      CHECK(call.status(item) == FORKMAP_STATUS_FUNCTION_ERROR);
      CHECK(call.message(item) == "no " + std::to_string(item));
    } else {
      REQUIRE(call.status(item) == FORKMAP_STATUS_VALUE);
      const auto [index, text] =
          forkmap::read_result<std::tuple<std::uint64_t, std::string>>(call.results(), item);
      CHECK(index == 7 + 10 * item);
      CHECK(text == std::to_string(item) + "!");
    }
  }
  call.clear();
  call.run();
  CHECK(call.inputs().count == 0);
}

TEST_CASE("stop hooks run once, and the plugin is then unprepared") {
  Registry registry;
  registry.load(bad("start_pid"));
  registry.prepare_serial();
  CHECK(registry.function<std::string(std::int64_t)>("kept_value")(0) ==
        std::to_string(::getpid()));
  registry.serial_session().stop();
  CHECK_THROWS_AS(registry.function<std::string(std::int64_t)>("kept_value")(0),
                  forkmap::NotPrepared);
  registry.serial_session().stop();
}

TEST_CASE("in a worker, hooks that the pool has run count as run") {
  Registry registry;
  registry.load(bad("preload_parameter"));
  const forkmap::types::Parameters parameters(
      forkmap::types::Parameters::Values{{"calibration", "adopted"}});
  registry.serial_session().adopt(registry.table(), {&parameters}, 5);
  CHECK(registry.function<std::string(std::int64_t)>("kept_value")(0).empty());
}
