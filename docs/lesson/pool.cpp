// SPDX-License-Identifier: Apache-2.0
// pool: the squares of 1 to 5, first one after the other, then in worker processes.
#include <forkmap/forkmap.hpp>

#include "print_list.hpp"

int main() {
  // [registry]
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });
  // [registry end]

  // [serial]
  const std::vector<std::int64_t> items = {1, 2, 3, 4, 5};
  std::vector<std::int64_t> results;
  for (const std::int64_t item : items) results.push_back(square(item));
  print_list(results);
  // [serial end]

  // [pool]
  forkmap::Pool pool(registry, {.workers = 2});
  print_list(pool.map(square, items).collect());
  // [pool end]
}
