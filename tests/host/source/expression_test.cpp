// SPDX-License-Identifier: Apache-2.0
// Which variables an expression has, and what it is made into.

#include "host/source/expression.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

using Variables = std::vector<Variable>;

Variables variables_of(const std::string& text) { return parse_expression(text).variables; }

}  // namespace

TEST_CASE("variables are known by their names, in the order of the alphabet") {
  CHECK(variables_of("x * x + 1") == Variables{{"x", "f64"}});
  CHECK(variables_of("z - y + x") == Variables{{"x", "f64"}, {"y", "f64"}, {"z", "f64"}});
  CHECK(variables_of("i * x") == Variables{{"i", "i64"}, {"x", "f64"}});
  CHECK(variables_of("n % 2 == k") == Variables{{"k", "i64"}, {"n", "i64"}});
  CHECK(variables_of("s < t") == Variables{{"s", "str"}, {"t", "str"}});
  CHECK(variables_of("v.size() + w[0]") == Variables{{"v", "f64[]"}, {"w", "f64[]"}});
}

TEST_CASE("names in texts, members, functions, namespaces and numbers are no variables") {
  CHECK(variables_of("s.x() + std::string(\"i j\") + 'k'") == Variables{{"s", "str"}});
  CHECK(variables_of("i + 0x1f + 1.5e3 + 2n") == Variables{{"i", "i64"}});
  CHECK(variables_of("x::y + z(1) + k") == Variables{{"k", "i64"}});
  CHECK(variables_of("p->x + i") == Variables{{"i", "i64"}});
  CHECK(variables_of("xy + ix + n") == Variables{{"n", "i64"}});
  CHECK(variables_of("\"a \\\" x\" + s") == Variables{{"s", "str"}});
}

TEST_CASE("variables can be said in front") {
  const Expression said = parse_expression(" ( u32 a, str text ,f64[] values) text.size() + a ");
  CHECK(said.variables == Variables{{"a", "u32"}, {"text", "str"}, {"values", "f64[]"}});
  CHECK(said.text == "text.size() + a");
  // Parentheses of the expression's own.
  CHECK(variables_of("(x + 1) * 2") == Variables{{"x", "f64"}});
  CHECK(variables_of("(i) + 1") == Variables{{"i", "i64"}});
  CHECK(parse_expression("[](double q) { return q; }").is_lambda);
  CHECK(has_numbers_alone(parse_expression("(u8 a, bool b) a + b")));
  CHECK_FALSE(has_numbers_alone(said));
}

TEST_CASE("an expression without a variable, or without an expression, is refused") {
  for (const char* const text : {"", "  ", "1 + 2", "a + b", "(f64 x)", "(f64 x) "}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_expression(text), UsageError);
  }
}

TEST_CASE("messages of a compiler count the user's line") {
  for (const std::string& text :
       {plain_plugin_of(parse_expression("x + 1")), plugin_of(parse_expression("x + 1"))}) {
    CHECK(text.find("\n#line 1 \"-e\"\nx + 1\n") != std::string::npos);
  }
}
