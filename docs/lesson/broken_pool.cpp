// SPDX-License-Identifier: Apache-2.0
// broken_pool: a function that comes after the fork is missing in the workers.
#include <forkmap/forkmap.hpp>

#include "print_list.hpp"

int main() {
  // [broken]
  const std::vector<std::int64_t> items = {1, 2, 3, 4, 5};
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });
  forkmap::Pool pool(registry, {.workers = 2});  // the workers are forked here
  const auto cube = registry.add("cube", [](std::int64_t x) { return x * x * x; });

  std::cout << "Square result: ";
  print_list(pool.map(square, items).collect());
  try {
    const auto cubes = pool.map(cube, items).collect();
    std::cout << "Cube result: ";
    print_list(cubes);
  } catch (const forkmap::ItemFailed& failed) {
    std::cout << failed.what() << '\n';
    return 1;
  }
  // [broken end]
}
