// SPDX-License-Identifier: Apache-2.0
//
// The functions of a source file, with names and types of their arguments, from the debug
// information of an object that its compiler has made (DWARF 4, which GCC, Clang and gfortran write
// if asked). One reader for C, C++ and Fortran.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forkmap::host {

struct SourceType {
  enum class Kind : std::uint8_t {
    nothing,  // void
    boolean,
    integer,    // `is_signed`, `size_bytes`
    real,       // float, double, long double: `size_bytes`
    character,  // C's char
    text,       // const char*; in C++ std::string and std::string_view
    array,      // in C++ std::vector and std::span of `element`
    reference,  // a pointer or reference to one number: `element` is its name
    other
  };
  Kind kind = Kind::nothing;
  bool is_signed = false;
  std::uint64_t size_bytes = 0;
  std::string name = {};     // as the language has it
  std::string element = {};  // forkmap's name of what it holds or leads to

  // forkmap's name, "i64"; empty: it has none.
  [[nodiscard]] std::string forkmap_name() const;
};

struct SourceArgument {
  std::string name;  // empty: it has none
  SourceType type;
};

struct SourceFunction {
  std::string name;    // with namespaces, "phys::energy"
  std::string symbol;  // that the linker knows; `name` if there is no other
  SourceType result;
  std::vector<SourceArgument> arguments;
  bool is_variadic = false;
};

// Those that this file itself defines, in its order; `object` is a shared object with its debug
// information. Throws Error if that cannot be read.
[[nodiscard]] std::vector<SourceFunction> functions_of(const std::string& object,
                                                       const std::string& source);

}  // namespace forkmap::host
