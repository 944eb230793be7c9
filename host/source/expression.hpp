// SPDX-License-Identifier: Apache-2.0
//
// -e 'x * x + 1': a function that is one expression of C++. What its variables are is said by their
// names, or in front of it, and never found from data.
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

struct Variable {
  std::string name;
  std::string type;  // forkmap's, "f64"
  friend bool operator==(const Variable&, const Variable&) = default;
};

struct Expression {
  std::vector<Variable> variables;  // in the order of the columns
  std::string text;
  bool is_lambda = false;  // the text is a lambda, which says its variables itself
};

// "x * x + 1": x, y and z are f64; i, j, k and n are i64; s and t are str; v and w are f64[]; in
// the order of the alphabet. "(u32 a, str s) s.size() + a" says them. "[](double x) { ... }" is
// a lambda. Throws UsageError if there is no variable in it.
[[nodiscard]] Expression parse_expression(const std::string& text);

// What stands for it where a plugin is named.
inline constexpr const char* kExpressionWord = "-e";
inline constexpr const char* kExpressionPlugin = "e";
inline constexpr const char* kExpressionFunction = "expression";

// A plugin's text. With numbers alone it includes no header but forkmap's in C, and is compiled in
// a tenth of the time.
[[nodiscard]] std::string plain_plugin_of(const Expression& expression);
[[nodiscard]] std::string plugin_of(const Expression& expression);
// Whether plain_plugin_of() can be.
[[nodiscard]] bool has_numbers_alone(const Expression& expression);

}  // namespace forkmap::host
