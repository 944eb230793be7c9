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

std::int64_t throw_long_text(std::int64_t size_bytes) {
  throw std::runtime_error(std::string(static_cast<std::size_t>(size_bytes), 'x'));
}

}  // namespace faulty
