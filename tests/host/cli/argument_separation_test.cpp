// SPDX-License-Identifier: Apache-2.0
#include "host/cli/argument_separation.hpp"

#include <CLI/CLI.hpp>

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

using Words = std::vector<std::string>;

// -j and --name take a value; -0 and -v do not.
SeparatedLine separated(const Words& arguments) {
  CLI::App app;
  app.add_option_function<std::string>("-j,--jobs", [](const std::string&) {});
  app.add_option_function<std::string>("--name", [](const std::string&) {});
  app.add_flag("-0,--null");
  app.add_flag("-v");
  return separate(arguments, app);
}

}  // namespace

TEST_CASE("words and options are told apart wherever they stand") {
  const auto line = separated({"square", "-j", "2", "1", "--name=x", "2"});
  CHECK(line.words == Words{"square", "1", "2"});
  CHECK(line.options == Words{"--jobs", "2", "--name", "x"});
  CHECK_FALSE(line.closed_at);
}

TEST_CASE("what looks like a negative number is an item") {
  const Words numbers = {"-1",   "-1.5",      "-.5",     "-1e3", "-inf",
                         "-nan", "-infinity", "-1,2,-3", "-00"};
  CHECK(separated(numbers).words == numbers);
}

TEST_CASE("a lone -0 is always the option") {
  const auto line = separated({"-0", "-0.0"});
  CHECK(line.options == Words{"--null"});
  CHECK(line.words == Words{"-0.0"});
}

TEST_CASE("an option takes the next token as its value whatever that looks like") {
  CHECK(separated({"-j", "-1"}).options == Words{"--jobs", "-1"});
  CHECK(separated({"--name", "--"}).options == Words{"--name", "--"});
  CHECK(separated({"--name", "-v"}).options == Words{"--name", "-v"});
  CHECK(separated({"--name="}).options == Words{"--name", ""});
  CHECK(separated({"-j4"}).options == Words{"--jobs", "4"});
}

TEST_CASE("flags of one letter may share a token") {
  CHECK(separated({"-v0j3"}).options == Words{"-v", "--null", "--jobs", "3"});
}

TEST_CASE("everything behind -- is an item") {
  const auto line = separated({"f", "--", "-j", "--", "-x", ""});
  CHECK(line.words == Words{"f", "-j", "--", "-x", ""});
  CHECK(line.options.empty());
  CHECK(line.closed_at == 1U);
}

TEST_CASE("a lone dash and an empty text are items") {
  CHECK(separated({"-", ""}).words == Words{"-", ""});
}

TEST_CASE("any other token with a dash is a usage error that names the way out") {
  for (const char* token : {"-x", "--nothing", "-5abc", "-1.2.3", "-v5", "--no=1", "-,1"}) {
    INFO(token);
    CHECK_THROWS_WITH(separated({token}), Catch::Contains(token) && Catch::Contains("put --"));
  }
}

TEST_CASE("a missing value and a value too many are usage errors") {
  CHECK_THROWS_AS(separated({"-j"}), UsageError);
  CHECK_THROWS_AS(separated({"--null=1"}), UsageError);
}
