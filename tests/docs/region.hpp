// SPDX-License-Identifier: Apache-2.0
//
// Regions: stretches of source files that documents show. A line of comment with nothing but
// [name] begins one, a line with [name end] ends it:
//
//   // [square]
//   static std::int64_t square(std::int64_t x) { return x * x; }
//   // [square end]
//
// In C the marks stand between /* and */, in Fortran after !, in CMake and shell after #.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forkmap::docs {

// Its lines, without the indentation that they share, and without the marks of regions inside.
// Throws std::runtime_error if the region is not there, is there twice, or has no end.
[[nodiscard]] std::string region_of(std::string_view source, const std::string& name);

// "from tests/docs/examples/primes.cpp [plugin]" in parts; nothing for any other note.
struct RegionName {
  std::string file;
  std::string region;
};
[[nodiscard]] std::optional<RegionName> region_name(std::string_view note);

}  // namespace forkmap::docs
