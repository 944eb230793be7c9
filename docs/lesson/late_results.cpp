// SPDX-License-Identifier: Apache-2.0
// late_results: results that nobody has read are gone with their pool.
#include <forkmap/forkmap.hpp>
#include <optional>

#include "print_list.hpp"

int main() {
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });

  // [late]
  std::optional<forkmap::MapResult<std::int64_t>> results;
  {
    forkmap::Pool pool(registry, {.workers = 2});
    results.emplace(pool.map(square, {1, 2, 3}));
  }  // the pool ends here, and nothing has been collected
  try {
    print_list(std::move(*results).collect());
  } catch (const forkmap::PoolClosed& error) {
    std::cout << error.what() << '\n';
  }
  // [late end]
}
