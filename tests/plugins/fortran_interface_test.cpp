// SPDX-License-Identifier: Apache-2.0
#include "core/types/run_hook.hpp"
#include "tests/catch.hpp"
#include "tests/plugins/opened.hpp"

using namespace forkmap;
using Lines = std::vector<std::string>;

namespace {

test::TextRun run(const std::string& function, const Lines& items,
                  const test::TextRunOptions& options = {}) {
  return test::run_text(test::find_function(test::bad_plugin("fortran_echo"), function), items,
                        options);
}

}  // namespace

TEST_CASE("Fortran takes and returns texts and arrays") {
  CHECK(run("echo", {"", "some text"}).lines == Lines{"", "some text"});
  CHECK(run("reverse", {"1,2.5,3", "", "4"}).lines == Lines{"3,2.5,1", "", "4"});
  CHECK(run("index_of", {"0", "0"}, {.first_index = 7}).lines == Lines{"7", "8"});
}

TEST_CASE("a Fortran result that does not fit is given up") {
  const test::TextRun seen = run("echo", {"abc", std::string(3000, 'x')},
                                 {.bytes_capacity = 1000 + FORKMAP_MAX_MESSAGE_BYTES});
  CHECK(seen.returned == FORKMAP_RUN_WINDOW_FULL);
  CHECK(seen.lines == Lines{"abc"});
}

TEST_CASE("Fortran functions and hooks read parameters and fail with a text") {
  const forkmap_plugin& plugin = test::bad_plugin("fortran_echo");
  const types::Parameters::Values values = {{"keep", "run7"}};
  const types::Parameters parameters(values);
  CHECK(run("parameter_value", {"keep", "other"}, {.parameters = values}).lines ==
        Lines{"run7", "no parameter other"});
  CHECK(types::run_hook(plugin.preload, {}) == "the parameter keep is missing");
  CHECK_FALSE(types::run_hook(plugin.preload, {&parameters}).has_value());
  CHECK(run("kept_value", {"0"}).lines == Lines{"run7"});
  CHECK(test::find_function(plugin, "kept_value").flags == FORKMAP_ONCE);
  CHECK(test::find_function(plugin, "echo").flags == 0);
}
