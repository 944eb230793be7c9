// SPDX-License-Identifier: Apache-2.0
#include "core/types/signature.hpp"

#include <array>
#include <stdexcept>

namespace forkmap::types {

namespace {

struct Scalar {
  std::uint32_t code;
  std::uint32_t bytes;
  std::string_view name;
  bool can_be_element;  // of an array
};

constexpr std::array kScalars{
    Scalar{FORKMAP_BOOL, 1, "bool", false},   Scalar{FORKMAP_I8, 1, "i8", true},
    Scalar{FORKMAP_I16, 2, "i16", true},      Scalar{FORKMAP_I32, 4, "i32", true},
    Scalar{FORKMAP_I64, 8, "i64", true},      Scalar{FORKMAP_U8, 1, "u8", true},
    Scalar{FORKMAP_U16, 2, "u16", true},      Scalar{FORKMAP_U32, 4, "u32", true},
    Scalar{FORKMAP_U64, 8, "u64", true},      Scalar{FORKMAP_F32, 4, "f32", true},
    Scalar{FORKMAP_F64, 8, "f64", true},      Scalar{FORKMAP_STR, 1, "str", false},
    Scalar{FORKMAP_BYTES, 1, "bytes", false},
};

// By code, so that the services of a running item find a size without a search.
constexpr std::size_t kCodeLimit = 32;
constexpr auto kScalarByCode = [] {
  std::array<const Scalar*, kCodeLimit> by_code{};
  for (const Scalar& scalar : kScalars) by_code[scalar.code] = &scalar;
  return by_code;
}();

const Scalar* scalar_of(std::uint32_t code) noexcept {
  return code < kCodeLimit ? kScalarByCode[code] : nullptr;
}

// Reads a signature from left to right; remembers the place for messages.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Signature signature() {
    Signature result;
    expect("(", "the argument list, '(' first");
    result.arguments = types_until_parenthesis("an argument type");
    if (result.arguments.empty()) {
      place_ -= 1;
      fault("an argument type (a function has at least one argument)");
    }
    expect("->", "'->'");
    if (accept("(")) {
      result.results = types_until_parenthesis("a result type");
    } else {
      result.results.push_back(type("a result type, or '(' and a list of them"));
    }
    skip_blanks();
    if (place_ != text_.size()) fault("the end");
    return result;
  }

 private:
  void skip_blanks() noexcept {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\t')) ++place_;
  }

  bool accept(std::string_view token) noexcept {
    skip_blanks();
    if (!text_.substr(place_).starts_with(token)) return false;
    place_ += token.size();
    return true;
  }

  void expect(std::string_view token, std::string_view wanted) {
    if (!accept(token)) fault(wanted);
  }

  std::vector<Type> types_until_parenthesis(std::string_view wanted) {
    std::vector<Type> types;
    if (accept(")")) return types;
    do {
      skip_blanks();
      if (types.size() == FORKMAP_MAX_COLUMNS) {
        fault("at most " + std::to_string(FORKMAP_MAX_COLUMNS) + " types");
      }
      types.push_back(type(wanted));
    } while (accept(","));
    expect(")", "',' or ')'");
    return types;
  }

  Type type(std::string_view wanted) {
    skip_blanks();
    const std::size_t begin = place_;
    std::size_t end = begin;
    while (end < text_.size() &&
           ((text_[end] >= 'a' && text_[end] <= 'z') || (text_[end] >= '0' && text_[end] <= '9'))) {
      ++end;
    }
    const std::string_view name = text_.substr(begin, end - begin);
    for (const Scalar& scalar : kScalars) {
      if (scalar.name != name) continue;
      place_ = end;
      if (!text_.substr(end).starts_with("[]")) return Type{scalar.code};
      if (!scalar.can_be_element) {
        fault("no '[]' (there are no arrays of " + std::string(name) + ")");
      }
      place_ += 2;
      return Type{scalar.code | FORKMAP_ARRAY};
    }
    fault(wanted);
  }

  [[noreturn]] void fault(std::string_view wanted) const {
    const std::string_view rest = text_.substr(place_, 16);
    throw std::invalid_argument("signature \"" + std::string(text_) + "\", column " +
                                std::to_string(place_ + 1) + ": expected " + std::string(wanted) +
                                ", found " +
                                (rest.empty() ? "the end" : "\"" + std::string(rest) + "\""));
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

std::string list_of(const std::vector<Type>& types) {
  std::string text = "(";
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) text += ", ";
    text += name_of(types[i]);
  }
  return text + ")";
}

}  // namespace

bool is_known(Type type) noexcept {
  const Scalar* const scalar = scalar_of(type.element().code);
  return scalar != nullptr && (!type.is_array() || scalar->can_be_element);
}

std::uint32_t element_bytes(Type type) noexcept {
  const Scalar* const scalar = scalar_of(type.element().code);
  return scalar == nullptr ? 0 : scalar->bytes;
}

std::string_view name_of_scalar(Type type) noexcept {
  const Scalar* const scalar = scalar_of(type.element().code);
  return scalar == nullptr ? "unknown" : scalar->name;
}

std::string name_of(Type type) {
  std::string name(name_of_scalar(type));
  if (type.is_array()) name += "[]";
  return name;
}

std::string to_text(const Signature& signature) {
  return list_of(signature.arguments) + " -> " +
         (signature.results.size() == 1 ? name_of(signature.results[0])
                                        : list_of(signature.results));
}

Signature parse_signature(std::string_view text) { return Reader(text).signature(); }

}  // namespace forkmap::types
