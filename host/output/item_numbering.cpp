// SPDX-License-Identifier: Apache-2.0
#include "host/output/item_numbering.hpp"

namespace forkmap::host {

std::uint64_t ItemNumbering::number_of(std::uint64_t position) const {
  if (const auto own = input_.own_number(position)) return *own;
  return first_ + position * stride_;
}

}  // namespace forkmap::host
