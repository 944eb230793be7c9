// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>

#include "core/types/run_hook.hpp"
#include "tests/catch.hpp"
#include "tests/plugins/opened.hpp"

using namespace forkmap;
using Lines = std::vector<std::string>;

namespace {

Lines run(const std::string& plugin, const std::string& function, const Lines& items,
          const test::TextRunOptions& options = {}) {
  return test::run_text(test::find_function(test::example_plugin(plugin), function), items, options)
      .lines;
}

std::vector<double> numbers(const std::string& line) {
  std::vector<double> values;
  const char* rest = line.c_str();
  for (char* end = nullptr;; rest = end) {
    const double value = std::strtod(rest, &end);
    if (end == rest) return values;
    values.push_back(value);
  }
}

}  // namespace

TEST_CASE("arith") {
  CHECK(
      run("arith", "square", {"1", "-2", "3037000499", "3037000500"}) ==
      Lines{"1", "4", "9223372030926249001", "the square of 3037000500 does not fit into an i64"});
  CHECK(run("arith", "hypot", {"3\t4", "5\t12"}) == Lines{"5", "13"});
  CHECK(run("arith", "divmod", {"7\t2", "-7\t2", "1\t0", "-9223372036854775808\t-1"}) ==
        Lines{"3\t1", "-3\t-1", "division by zero",
              "-9223372036854775808 / -1 does not fit into an i64"});
  CHECK(run("arith", "square_verbose", {"3"}) == Lines{"9"});
}

TEST_CASE("powers") {
  CHECK(run("powers", "cube", {"1", "2", "-3", "2097152"}) ==
        Lines{"1", "8", "-27", "2097152 to the power 3 does not fit into an i64"});
  CHECK(run("powers", "power",
            {"2\t62", "2\t63", "0\t0", "-1\t4294967295", "1\t4000000000", "0\t5", "-2\t63"}) ==
        Lines{"4611686018427387904", "2 to the power 63 does not fit into an i64", "1", "-1", "1",
              "0", "-9223372036854775808"});
}

TEST_CASE("geometry, written in C") {
  CHECK(run("geometry", "hypot", {"3\t4", "-3\t4"}) == Lines{"5", "a side must not be negative"});
  CHECK(run("geometry", "triangle_area", {"3\t4\t5", "1\t1\t3"}) ==
        Lines{"6", "these are not the sides of a triangle"});
  CHECK(run("geometry", "polygon_area", {"0,2,2,0\t0,0,1,1", "0,1\t0", "\t"}) ==
        Lines{"2", "there must be as many x as y", "0"});
  CHECK(run("geometry", "compass", {"0", "44", "-90", "359", "22.4", "180", "-3600", "inf"}) ==
        Lines{"N", "NE", "W", "N", "N", "S", "N", "a direction must be finite"});
}

TEST_CASE("checksum wraps zlib") {
  CHECK(run("checksum", "crc32", {"123456789", ""}) == Lines{"3421780262", "0"});
}

TEST_CASE("the vectorized function of stats") {
  CHECK(run("stats", "z_score", {"5\t3\t4", "1\t1\t0", "1\t2\t0.5"}) ==
        Lines{"0.5", "a deviation must be above 0", "-2"});
}

TEST_CASE("stats uses a table of its preload hook and a parameter") {
  const forkmap_plugin& plugin = test::example_plugin("stats");
  types::Parameters parameters{types::Parameters::Values{}};
  const types::RunEnvironment environment{&parameters};
  const Lines items = {"2,4,4,4,5,5,7,9"};

  REQUIRE_FALSE(types::run_hook(plugin.preload, environment).has_value());
  std::vector<double> seen = numbers(run("stats", "mean_deviation", items)[0]);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == Approx(5));
  CHECK(seen[1] == Approx(2.138089935));
  CHECK(run("stats", "mean_deviation", {"1"}) ==
        Lines{"the sample deviation needs at least 2 values"});

  parameters = types::Parameters(types::Parameters::Values{{"deviation", "population"}});
  REQUIRE_FALSE(types::run_hook(plugin.preload, environment).has_value());
  CHECK(numbers(run("stats", "mean_deviation", items)[0])[1] == Approx(2));
  CHECK(run("stats", "mean_deviation", {"1"}) == Lines{"1\t0"});

  parameters = types::Parameters(types::Parameters::Values{{"deviation", "unbiased"}});
  REQUIRE_FALSE(types::run_hook(plugin.preload, environment).has_value());
  CHECK(numbers(run("stats", "mean_deviation", items)[0])[1] == Approx(2.138089935 / 0.9650304561));

  parameters = types::Parameters(types::Parameters::Values{{"deviation", "robust"}});
  CHECK(types::run_hook(plugin.preload, environment) ==
        "deviation is sample, population or unbiased, not robust");
}

#ifdef FORKMAP_HAS_FORTRAN
TEST_CASE("lattice, written in Fortran") {
  // Cold: all spins agree. The answer is the item's own: the same for another chunk.
  CHECK(run("lattice", "ising", {"8\t20\t0.1"}) == Lines{"-2\t1"});
  const Lines together = run("lattice", "ising", {"16\t50\t2.3", "16\t50\t2.3"}, {.seed = 5});
  const Lines alone = run("lattice", "ising", {"16\t50\t2.3"}, {.first_index = 1, .seed = 5});
  CHECK(together[1] == alone[0]);
  CHECK(together[0] != together[1]);
  const std::vector<double> hot = numbers(run("lattice", "ising", {"64\t100\t50"})[0]);
  REQUIRE(hot.size() == 2);
  CHECK(std::abs(hot[0]) < 0.2);
  CHECK(std::abs(hot[1]) < 0.2);
  CHECK(run("lattice", "ising", {"1\t1\t1", "8\t1\t0", "8\t1\tnan"}) ==
        Lines{"the side of the lattice must be between 2 and 4096",
              "the temperature must be positive", "the temperature must be positive"});
}
#endif
