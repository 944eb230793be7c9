// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

std::int64_t throw_on_three(std::int64_t x) {
  if (x == 3) throw std::runtime_error("three is not allowed");
  return x;
}

std::int64_t throw_int_on_three(std::int64_t x) {
  if (x == 3) throw 42;
  return x;
}

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

}  // namespace

std::int64_t throw_endless_type_on_three(std::int64_t x) {
  if (x == 3) throw Endless<64>::Type{};
  return x;
}

std::int64_t throw_long_text(std::int64_t size_bytes) {
  throw std::runtime_error(std::string(static_cast<std::size_t>(size_bytes), 'x'));
}

}  // namespace faulty
