// SPDX-License-Identifier: Apache-2.0
#include "core/types/run_hook.hpp"

#include <stdexcept>

#include "tests/catch.hpp"

using namespace forkmap::types;

TEST_CASE("no hook, and a hook that returns 0, go well") {
  CHECK_FALSE(run_hook(nullptr, {}).has_value());
  CHECK_FALSE(run_hook([](forkmap_hook*) { return 0; }, {}).has_value());
}

TEST_CASE("a hook fails with its text, even if it then returns 0") {
  CHECK(run_hook([](forkmap_hook* hook) { return forkmap_fail_hook(hook, "no table"); }, {}) ==
        "no table");
  const auto forgetful = [](forkmap_hook* hook) {
    forkmap_fail_hook(hook, "no table");
    return 0;
  };
  CHECK(run_hook(forgetful, {}) == "no table");
}

TEST_CASE("a hook that returns another value without a text fails with that value") {
  CHECK(run_hook([](forkmap_hook*) { return 5; }, {}) == "the hook returned 5 and gave no reason");
}

TEST_CASE("an exception of a hook is its failure") {
  const auto throwing = [](forkmap_hook*) -> int { throw std::runtime_error("no file"); };
  CHECK(run_hook(throwing, {}) == "no file");
  CHECK(run_hook([](forkmap_hook*) -> int { throw 1; }, {}) == "threw a value of type int");
}

TEST_CASE("a long text of a hook is cut") {
  const auto verbose = [](forkmap_hook* hook) {
    return forkmap_fail_hook(hook, std::string(10000, 'x').c_str());
  };
  const auto text = run_hook(verbose, {});
  REQUIRE(text.has_value());
  CHECK(text->size() == FORKMAP_MAX_MESSAGE_BYTES);
  CHECK(text->ends_with("x... (cut)"));
}

TEST_CASE("a hook reads the pool's parameters") {
  const Parameters parameters(Parameters::Values{{"table", "big.bin"}});
  RunEnvironment environment;
  environment.parameters = &parameters;
  const auto hook = [](forkmap_hook* it) {
    std::uint64_t size = 0;
    const char* const value = forkmap_hook_parameter(it, "table", &size);
    if (value == nullptr || forkmap_hook_parameter(it, "other", nullptr) != nullptr) return 1;
    return forkmap_fail_hook(it, value);
  };
  CHECK(run_hook(hook, environment) == "big.bin");
}
