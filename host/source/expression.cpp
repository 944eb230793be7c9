// SPDX-License-Identifier: Apache-2.0
#include "host/source/expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

const std::map<std::string, std::string, std::less<>>& known_variables() {
  static const std::map<std::string, std::string, std::less<>> known = {
      {"i", "i64"},   {"j", "i64"},   {"k", "i64"}, {"n", "i64"}, {"s", "str"}, {"t", "str"},
      {"v", "f64[]"}, {"w", "f64[]"}, {"x", "f64"}, {"y", "f64"}, {"z", "f64"}};
  return known;
}

// C++'s names for numbers; empty: it is none.
std::string number_of(std::string_view type) {
  static const std::map<std::string, std::string, std::less<>> numbers = {
      {"bool", "bool"},         {"i8", "std::int8_t"},    {"i16", "std::int16_t"},
      {"i32", "std::int32_t"},  {"i64", "std::int64_t"},  {"u8", "std::uint8_t"},
      {"u16", "std::uint16_t"}, {"u32", "std::uint32_t"}, {"u64", "std::uint64_t"},
      {"f32", "float"},         {"f64", "double"}};
  const auto found = numbers.find(type);
  return found == numbers.end() ? std::string() : found->second;
}

// A parameter's type; empty: forkmap has no such type.
std::string parameter_of(std::string_view type) {
  if (type == "str") return "std::string_view";
  if (type == "bytes") return "std::span<const std::byte>";
  if (type.ends_with("[]") && type != "bool[]") {
    const std::string element = number_of(type.substr(0, type.size() - 2));
    return element.empty() ? element : "std::span<const " + element + ">";
  }
  return number_of(type);
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view without_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\n") - from + 1);
}

// "u32 a"; nothing if it is something else.
std::optional<Variable> variable_of(std::string_view text) {
  text = without_blanks(text);
  const auto blank = text.find_first_of(" \t");
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view type = text.substr(0, blank);
  const std::string_view name = without_blanks(text.substr(blank));
  if (parameter_of(type).empty() || name.empty() || !is_letter(name.front()) ||
      !std::ranges::all_of(name, is_in_name)) {
    return std::nullopt;
  }
  return Variable{std::string(name), std::string(type)};
}

// "(u32 a, str s) s.size() + a"; nothing if it does not begin so.
std::optional<Expression> with_said_variables(std::string_view text) {
  const auto close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) return std::nullopt;
  Expression expression;
  std::string_view rest = text.substr(1, close - 1);
  for (;;) {
    const auto comma = rest.find(',');
    auto variable = variable_of(rest.substr(0, comma));
    if (!variable) return std::nullopt;
    expression.variables.push_back(std::move(*variable));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  expression.text = without_blanks(text.substr(close + 1));
  return expression;
}

// The end of a string or a character that begins here.
std::size_t end_of_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += std::size_t{text[at] == '\\' ? 2U : 1U};
  return std::min(at + 1, text.size());
}

// Names that stand for themselves: no members, no functions, nothing of a namespace, no suffixes.
std::vector<std::string> free_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"' || text[at] == '\'') {
      at = end_of_quotes(text, at);
    } else if (std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      while (at < text.size() && (is_in_name(text[at]) || text[at] == '.' || text[at] == '\''))
        ++at;
    } else if (is_letter(text[at])) {
      std::size_t end = at;
      while (end < text.size() && is_in_name(text[end])) ++end;
      const std::string_view before = without_blanks(text.substr(0, at));
      const std::string_view behind = without_blanks(text.substr(end));
      const bool is_member =
          before.ends_with('.') || before.ends_with("->") || before.ends_with("::");
      if (!is_member && !behind.starts_with('(') && !behind.starts_with("::")) {
        names.emplace_back(text.substr(at, end - at));
      }
      at = end;
    } else {
      ++at;
    }
  }
  return names;
}

constexpr const char* kNames =
    "x, y and z are f64, i, j, k and n are i64, s and t are str, v and w are f64[]; others are "
    "said "
    "in front of it: -e '(u32 a, str b) ...'";

// "double x, double y"
std::string parameters_of(const Expression& expression) {
  std::string text;
  for (const Variable& variable : expression.variables) {
    text += (text.empty() ? "" : ", ") + parameter_of(variable.type) + " " + variable.name;
  }
  return text;
}

// Values of the types of the variables: "double(), std::int64_t()".
std::string defaults_of(const Expression& expression) {
  std::string text;
  for (const Variable& variable : expression.variables) {
    text += (text.empty() ? "" : ", ") + number_of(variable.type) + "()";
  }
  return text;
}

constexpr std::size_t kMostDocBytes = 200;

std::string quoted_doc(const std::string& text) {
  std::string doc = "\"";
  for (const char c : text.substr(0, kMostDocBytes)) {
    if (c == '"' || c == '\\') doc += '\\';
    doc += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return doc + "\"";
}

// A line of its own, by which the compiler's messages count.
std::string marked(const std::string& text) { return "\n#line 1 \"-e\"\n" + text + "\n"; }

// What numbers are computed with, as the C library has it, and a few of C++'s.
constexpr const char* kPlainBeginning = R"(#include <forkmap/plugin.h>
namespace std {
using ::int8_t; using ::int16_t; using ::int32_t; using ::int64_t;
using ::uint8_t; using ::uint16_t; using ::uint32_t; using ::uint64_t;
}
extern "C" {
double acos(double) noexcept; double asin(double) noexcept; double atan(double) noexcept;
double atan2(double, double) noexcept; double cbrt(double) noexcept; double ceil(double) noexcept;
double cos(double) noexcept; double cosh(double) noexcept; double erf(double) noexcept;
double erfc(double) noexcept; double exp(double) noexcept; double exp2(double) noexcept;
double expm1(double) noexcept; double fabs(double) noexcept; double floor(double) noexcept;
double fmax(double, double) noexcept; double fmin(double, double) noexcept;
double fmod(double, double) noexcept; double hypot(double, double) noexcept;
double lgamma(double) noexcept; double log(double) noexcept; double log10(double) noexcept;
double log1p(double) noexcept; double log2(double) noexcept; double pow(double, double) noexcept;
double round(double) noexcept; double sin(double) noexcept; double sinh(double) noexcept;
double sqrt(double) noexcept; double tan(double) noexcept; double tanh(double) noexcept;
double tgamma(double) noexcept; double trunc(double) noexcept;
}
static constexpr double pi = 3.14159265358979323846;
)";

constexpr const char* kPlainEnd = R"(
template <class T> struct column;
template <> struct column<bool> { using type = bool; static constexpr int place = 0; };
template <> struct column<signed char> { using type = int8_t; static constexpr int place = 1; };
template <> struct column<short> { using type = int16_t; static constexpr int place = 2; };
template <> struct column<int> { using type = int32_t; static constexpr int place = 3; };
template <> struct column<long> { using type = int64_t; static constexpr int place = 4; };
template <> struct column<long long> { using type = int64_t; static constexpr int place = 4; };
template <> struct column<unsigned char> { using type = uint8_t; static constexpr int place = 5; };
template <> struct column<unsigned short> { using type = uint16_t; static constexpr int place = 6; };
template <> struct column<unsigned> { using type = uint32_t; static constexpr int place = 7; };
template <> struct column<unsigned long> { using type = uint64_t; static constexpr int place = 8; };
template <> struct column<unsigned long long> { using type = uint64_t; static constexpr int place = 8; };
template <> struct column<float> { using type = float; static constexpr int place = 9; };
template <> struct column<double> { using type = double; static constexpr int place = 10; };
)";

constexpr std::array kResultTypes = {"bool", "i8",  "i16", "i32", "i64", "u8",
                                     "u16",  "u32", "u64", "f32", "f64"};

}  // namespace

Expression parse_expression(const std::string& text) {
  const std::string_view given = without_blanks(text);
  if (given.empty()) throw UsageError("-e: there is no expression");
  if (given.front() == '[') return {.variables = {}, .text = std::string(given), .is_lambda = true};
  if (auto said = with_said_variables(given)) {
    if (said->text.empty()) throw UsageError("-e: nothing stands behind the variables");
    return *said;
  }
  Expression expression;
  expression.text = given;
  for (const std::string& name : free_names(given)) {
    const auto known = known_variables().find(name);
    if (known == known_variables().end()) continue;
    Variable variable{name, known->second};
    if (std::ranges::find(expression.variables, variable) == expression.variables.end()) {
      expression.variables.push_back(std::move(variable));
    }
  }
  std::ranges::sort(expression.variables, {}, &Variable::name);
  if (expression.variables.empty()) {
    throw UsageError("-e: \"" + text + "\" has no variable: " + kNames);
  }
  return expression;
}

bool has_numbers_alone(const Expression& expression) {
  return !expression.is_lambda &&
         std::ranges::all_of(expression.variables,
                             [](const Variable& one) { return !number_of(one.type).empty(); });
}

std::string plain_plugin_of(const Expression& expression) {
  std::string loads;
  std::string values;
  std::string types;
  for (std::size_t place = 0; place < expression.variables.size(); ++place) {
    const std::string column = std::to_string(place);
    const std::string type = number_of(expression.variables[place].type);
    const char* const comma = place == 0 ? "" : ", ";
    loads.append("  const ").append(type).append("* const column").append(column);
    loads.append(" = FORKMAP_VECTOR_ARGUMENT(").append(type).append(", chunk, ").append(column);
    loads += ");\n";
    values.append(comma).append("column").append(column) += "[item]";
    types.append(comma) += expression.variables[place].type;
  }
  std::string signatures;
  for (const char* const result : kResultTypes) {
    signatures += "\n    \"(" + types + ") -> " + std::string(result) + "\",";
  }
  return kPlainBeginning + ("static inline auto of_item(" + parameters_of(expression)) +
         ") { return (" + marked(expression.text) + "); }" + kPlainEnd +
         "using result_type = decltype(of_item(" + defaults_of(expression) + "));\n" +
         "static constexpr const char* signatures[] = {" + signatures + "\n};\n" +
         "static int run(void*, forkmap_chunk* chunk) {\n"
         "  using result = typename column<result_type>::type;\n" +
         loads +
         "  result* const results = FORKMAP_VECTOR_RESULT(result, chunk, 0);\n"
         "  const uint64_t count = forkmap_vector_count(chunk);\n"
         "  for (uint64_t item = 0; item < count; ++item) results[item] = of_item(" +
         values +
         ");\n"
         "  return 0;\n}\n"
         "extern \"C\" {\nFORKMAP_PLUGIN_C(\"" +
         kExpressionPlugin + "\", \"0\", FORKMAP_VECTORIZED_C(\"" + kExpressionFunction +
         "\", signatures[column<result_type>::place], run, " + quoted_doc(expression.text) +
         "))\n}\n";
}

std::string plugin_of(const Expression& expression) {
  const std::string beginning =
      "#include <forkmap/plugin.hpp>\n#include <algorithm>\n#include <cmath>\n#include <numeric>\n"
      "#include <stdexcept>\n#include <string>\n"
      "[[maybe_unused]] static constexpr double pi = 3.14159265358979323846;\n";
  const std::string name = std::string("\"") + kExpressionFunction + "\"";
  std::string function;
  if (expression.is_lambda) {
    function = "static constexpr auto of_item =" + marked(expression.text) + ";\n";
  } else {
    function = "static auto of_item(" + parameters_of(expression) +
               ") {\n  using namespace std;\n  return (" + marked(expression.text) + "); }\n";
  }
  return beginning + function + "FORKMAP_PLUGIN(\"" + kExpressionPlugin +
         "\", \"0\", forkmap::function<of_item>(" + name + ", " + quoted_doc(expression.text) +
         "))\n";
}

}  // namespace forkmap::host
