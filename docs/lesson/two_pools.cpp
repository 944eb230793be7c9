// SPDX-License-Identifier: Apache-2.0
// two_pools: both cures of the broken pool.
#include <forkmap/forkmap.hpp>

#include "print_list.hpp"

int main() {
  const std::vector<std::int64_t> items = {1, 2, 3, 4, 5};
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });
  forkmap::Pool first(registry, {.workers = 2});
  const auto cube = registry.add("cube", [](std::int64_t x) { return x * x * x; });

  // [second pool]
  forkmap::Pool second(registry, {.workers = 2});  // forked when cube was there
  std::cout << "Square result: ";
  print_list(first.map(square, items).collect());
  std::cout << "Cube result: ";
  print_list(second.map(cube, items).collect());
  // [second pool end]

  // [refork]
  first.refork();  // new workers, forked from the registry as it is now
  std::cout << "Cube result: ";
  print_list(first.map(cube, items).collect());
  // [refork end]
}
