// SPDX-License-Identifier: Apache-2.0
//
// Types and signatures: "(f64, i64) -> (f64, i64)". Parsed and printed here only.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::types {

// A forkmap type, by its code in plugin.h.
struct Type {
  std::uint32_t code = 0;

  friend bool operator==(Type, Type) = default;
  [[nodiscard]] bool is_array() const noexcept { return (code & FORKMAP_ARRAY) != 0; }
  [[nodiscard]] bool is_variable() const noexcept {
    return is_array() || code == FORKMAP_STR || code == FORKMAP_BYTES;
  }
  [[nodiscard]] Type element() const noexcept { return Type{code & ~std::uint32_t{FORKMAP_ARRAY}}; }
};

[[nodiscard]] bool is_known(Type type) noexcept;
// Size of one value of a fixed type, or of one element of an array; 1 for str and bytes.
[[nodiscard]] std::uint32_t element_bytes(Type type) noexcept;
[[nodiscard]] std::string_view name_of_scalar(Type type) noexcept;
[[nodiscard]] std::string name_of(Type type);  // "f64", "i32[]"

struct Signature {
  std::vector<Type> arguments;  // 1 .. FORKMAP_MAX_COLUMNS
  std::vector<Type> results;    // 0 .. FORKMAP_MAX_COLUMNS

  friend bool operator==(const Signature&, const Signature&) = default;
};

// "(i64) -> i64"; results "()" for none, "(f64, i64)" for several.
[[nodiscard]] std::string to_text(const Signature& signature);

// Throws std::invalid_argument whose text names the column of the fault and what was expected
// there.
[[nodiscard]] Signature parse_signature(std::string_view text);

}  // namespace forkmap::types
