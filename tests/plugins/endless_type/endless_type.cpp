// SPDX-License-Identifier: Apache-2.0
//
// endless_type: a function that throws a value whose type has a name of 2^64 letters once it is
// expanded. Debuggers that open this file expand it, and do not come to an end.
#include <cstdint>

#include <forkmap/plugin.hpp>

namespace {

// A pointer to a function of two arguments, each of which is such a pointer: the name of its type
// doubles so often.
template <int Doublings>
struct Endless {
  using Argument = typename Endless<Doublings - 1>::Type;
  using Type = void (*)(Argument, Argument);
};
template <>
struct Endless<0> {
  using Type = void (*)();
};

std::int64_t throw_on_three(std::int64_t x) {
  if (x == 3) throw Endless<64>::Type{};
  return x;
}

}  // namespace

FORKMAP_PLUGIN("endless_type", "Throws a value whose type has an endless name.",
               forkmap::function<throw_on_three>("throw_on_three", "Throw it on 3."))
