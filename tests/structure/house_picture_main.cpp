// SPDX-License-Identifier: Apache-2.0
// Prints docs/pictures/house.svg.
#include <iostream>

#include "tests/structure/house_picture.hpp"

int main() {
  std::cout << forkmap::structure::house_picture() << std::flush;
  return std::cout ? 0 : 1;
}
