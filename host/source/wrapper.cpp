// SPDX-License-Identifier: Apache-2.0
#include "host/source/wrapper.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace forkmap::host {

namespace {

using Kind = SourceType::Kind;

constexpr std::size_t kMostArguments = 16;
constexpr std::size_t kMostDescriptionBytes = 1000;
constexpr std::string_view kPrefix = "forkmap_c_";

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

// In the name of a header nothing can be escaped; SourceBuild refuses what cannot stand there.
std::string included(const std::string& path) { return "#include \"" + path + "\"\n"; }

// forkmap's names of numbers in C++; empty: none.
std::string number_type(std::string_view name) {
  if (name == "bool") return "bool";
  if (name == "f32") return "float";
  if (name == "f64") return "double";
  for (const char* const size : {"8", "16", "32", "64"}) {
    if (name == std::string("i") + size) return std::string("std::int") + size + "_t";
    if (name == std::string("u") + size) return std::string("std::uint") + size + "_t";
  }
  return {};
}

// What C has for it, with the same representation.
std::string declared_type(const SourceType& type) {
  if (type.kind == Kind::nothing) return "void";
  if (type.kind == Kind::character) return "char";
  // A logical of Fortran.
  if (type.kind == Kind::boolean && type.size_bytes == 4) return "std::int32_t";
  if (type.kind == Kind::text) return "const char*";
  if (type.kind == Kind::reference) return number_type(type.element) + "*";
  if (type.kind == Kind::real && type.size_bytes > 8) return "long double";
  return number_type(type.forkmap_name());
}

// Types that C++ and forkmap have in common; those of C's and Fortran's that are left are adapted.
bool is_carried(const SourceType& type) {
  switch (type.kind) {
    case Kind::boolean:
      return type.size_bytes == 1;
    case Kind::array:
      return true;
    case Kind::integer:
      return !type.name.starts_with("enum ");
    case Kind::real:
      return type.size_bytes <= 8;
    case Kind::text:
      return type.name.find("char*") == std::string::npos;
    default:
      return false;
  }
}

bool is_adaptable(const SourceType& type, Language language) {
  if (type.kind == Kind::array || (type.kind == Kind::text && language == Language::fortran)) {
    return language == Language::cxx;
  }
  if (type.kind == Kind::reference) return language == Language::fortran;
  return !type.forkmap_name().empty();
}

bool is_tuple(const SourceType& type) { return type.name.find("tuple<") != std::string::npos; }

bool needs_adapter(const SourceFunction& function) {
  return std::ranges::any_of(function.arguments,
                             [](const SourceArgument& one) { return !is_carried(one.type); }) ||
         (function.result.kind != Kind::nothing && !is_carried(function.result) &&
          !is_tuple(function.result));
}

// One argument of an adapter: its parameter, what is done first, and what the function gets.
struct Adapted {
  std::string parameter;
  std::string before;
  std::string given;
};

Adapted adapted(const SourceType& type, const std::string& name, std::size_t number) {
  if (type.kind == Kind::text) {
    return {"std::string_view " + name,
            "  if (" + name +
                ".find('\\0') != std::string_view::npos) {\n"
                "    throw std::invalid_argument(\"argument " +
                std::to_string(number) +
                " has a NUL in it, and a text of C ends there\");\n  }\n"
                "  const std::string " +
                name + "_text(" + name + ");\n",
            name + "_text.c_str()"};
  }
  if (type.kind == Kind::reference) {
    return {number_type(type.element) + " " + name, "", "&" + name};
  }
  const std::string from = number_type(type.forkmap_name());
  const bool is_enumeration = type.name.starts_with("enum ");
  const std::string to = is_enumeration ? "" : declared_type(type);
  return {from + " " + name, "",
          to.empty() ? "static_cast<decltype(" + name + ")>(" + name + ")"
                     : "static_cast<" + to + ">(" + name + ")"};
}

// A function that forkmap can carry, which calls this one.
std::string adapter(const SourceFunction& function, const std::string& called,
                    const std::string& name, Language language) {
  std::string parameters;
  std::string before;
  std::string given;
  for (std::size_t place = 0; place < function.arguments.size(); ++place) {
    const SourceType& type = function.arguments[place].type;
    Adapted one = adapted(type, "a" + std::to_string(place + 1), place + 1);
    if (language == Language::cxx && type.name.starts_with("enum ")) {
      one.given = "static_cast<" + type.name.substr(5) + ">(a" + std::to_string(place + 1) + ")";
    }
    parameters += (place == 0 ? "" : ", ") + one.parameter;
    before += one.before;
    given += (place == 0 ? "" : ", ") + one.given;
  }
  const std::string call = called + "(" + given + ")";
  std::string body;
  std::string result = "void";
  if (function.result.kind == Kind::nothing) {
    body = "  " + call + ";\n";
  } else if (function.result.kind == Kind::text) {
    result = "std::string";
    body = "  const char* const text = " + call +
           ";\n"
           "  if (text == nullptr) throw std::runtime_error(\"it has returned a null pointer\");\n"
           "  return text;\n";
  } else {
    result = number_type(function.result.forkmap_name());
    body = "  return static_cast<" + result + ">(" + call + ");\n";
  }
  return "static " + result + " " + name + "(" + parameters + ") {\n" + before + body + "}\n";
}

std::string declaration(const SourceFunction& function, const std::string& symbol) {
  std::string parameters;
  for (const SourceArgument& argument : function.arguments) {
    parameters += (parameters.empty() ? "" : ", ") + declared_type(argument.type);
  }
  return "extern \"C\" " + declared_type(function.result) + " " + symbol + "(" + parameters +
         ");\n";
}

std::string beginning() { return "#include <forkmap/plugin.hpp>\n#include <stdexcept>\n"; }

// Its messages name what the user has asked for.
std::string plugin_lines(const SourceWord& word, const std::string& parts) {
  const std::string asked = word.file + (word.function.empty() ? "" : ":" + word.function);
  return "#line 1 " + quoted(asked) + "\nFORKMAP_PLUGIN(" + quoted(plugin_name_of(word.file)) +
         ", \"0\", " + parts + ")\n";
}

// "f64, str" as C++ has it; what forkmap has no name for is C++ already.
std::vector<std::string> overload_types(const std::string& arguments) {
  std::vector<std::string> types;
  std::string_view rest = arguments;
  int depth = 0;
  std::string one;
  for (std::size_t at = 0; at <= rest.size(); ++at) {
    const char c = at == rest.size() ? ',' : rest[at];
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    if (c != ',' || depth > 0) {
      one += c;
      continue;
    }
    const auto from = one.find_first_not_of(' ');
    if (from != std::string::npos) {
      one = one.substr(from, one.find_last_not_of(' ') - from + 1);
      const std::string number = number_type(one);
      types.push_back(!number.empty() ? number : one == "str" ? "std::string_view" : one);
    }
    one.clear();
  }
  return types;
}

}  // namespace

std::string reason_against(const SourceFunction& function, Language language) {
  if (function.is_variadic) return "it takes any number of arguments";
  if (function.arguments.empty()) return "it takes no argument, and an item is its arguments";
  if (function.arguments.size() > kMostArguments) {
    return "it takes " + std::to_string(function.arguments.size()) +
           " arguments, and 16 are the most";
  }
  const auto fits = [language](const SourceType& type) {
    return language == Language::cxx ? is_carried(type) || (is_adaptable(type, language))
                                     : is_adaptable(type, language);
  };
  for (std::size_t place = 0; place < function.arguments.size(); ++place) {
    const auto& [name, type] = function.arguments[place];
    if (fits(type)) continue;
    return "argument " + std::to_string(place + 1) + (name.empty() ? "" : " (" + name + ")") +
           " is " + (type.name.empty() ? "of a type that forkmap does not carry" : type.name);
  }
  if (language == Language::fortran && function.result.kind == Kind::nothing) {
    return "it is a subroutine, and nothing says which arguments are its results";
  }
  const SourceType& result = function.result;
  if (result.kind == Kind::nothing || is_tuple(result)) return {};
  if (!fits(result) || result.kind == Kind::reference) return "its result is " + result.name;
  return {};
}

std::string described(const SourceFunction& function) {
  const auto name_of = [](const SourceType& type) {
    std::string name = type.kind == Kind::reference ? type.element : type.forkmap_name();
    return name.empty() ? type.name : name;
  };
  std::string text = "(";
  for (const SourceArgument& argument : function.arguments) {
    text += (text.size() == 1 ? "" : ", ") + (argument.name.empty() ? "" : argument.name + ": ") +
            name_of(argument.type);
  }
  text += ") -> ";
  return text + (function.result.kind == Kind::nothing ? "()" : name_of(function.result));
}

std::string wrapper_of(const std::string& path, const SourceWord& word) {
  const std::string name = quoted(function_name_of(word.function));
  const std::string function = (word.function.starts_with("::") ? "" : "::") + word.function;
  std::string part = "forkmap::function<" + function + ">(" + name + ")";
  if (!word.arguments.empty()) {
    std::string types;
    std::string values;
    for (const std::string& type : overload_types(word.arguments)) {
      types += (types.empty() ? "" : ", ") + type;
      values += (values.empty() ? "" : ", ") + ("std::declval<" + type + ">()");
    }
    part = "forkmap::function<decltype(" + function + "(" + values + "))(" + types + "), " +
           function + ">(" + name + ")";
  }
  return beginning() + included(path) + plugin_lines(word, part);
}

std::string wrapper_of(const std::string& path, const SourceWord& word,
                       const std::vector<SourceFunction>& functions) {
  std::string text = beginning();
  const bool is_included = word.language == Language::cxx;
  if (is_included) text += included(path);
  std::string parts;
  for (std::size_t number = 0; number < functions.size(); ++number) {
    const SourceFunction& function = functions[number];
    std::string called = is_included                    ? "::" + function.name
                         : word.language == Language::c ? std::string(kPrefix) + function.name
                                                        : function.symbol;
    if (!is_included) text += declaration(function, called);
    if (!is_included || needs_adapter(function)) {
      const std::string name = "forkmap_adapter_" + std::to_string(number);
      text += adapter(function, called, name, word.language);
      called = name;
    }
    // What was asked for is called so, also where its language has a longer name for it.
    const std::string& shown = word.function.empty() ? function.name : word.function;
    parts += (parts.empty() ? "" : ", ") + ("forkmap::function<" + called + ">(") +
             quoted(function_name_of(shown)) + ", " +
             quoted(described(function).substr(0, kMostDescriptionBytes)) + ")";
  }
  return text + plugin_lines(word, parts);
}

std::string renamed_source(const std::string& path, const std::vector<SourceFunction>& functions) {
  std::string text = included(path);
  for (const SourceFunction& function : functions) {
    text += "extern __typeof__(" + function.name + ") " + std::string(kPrefix) + function.name +
            " __attribute__((alias(" + quoted(function.name) + "), visibility(\"hidden\")));\n";
  }
  return text;
}

}  // namespace forkmap::host
