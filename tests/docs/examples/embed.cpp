// SPDX-License-Identifier: Apache-2.0
// A program with a pool of its own: a function of a plugin, and one of the program itself.
#include <cmath>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>

#include <forkmap/pool.hpp>
#include <forkmap/registry.hpp>

namespace {

void run() {
  // [embed]
  forkmap::Registry registry;
  registry.load("arith");
  const auto square = registry.function<std::int64_t(std::int64_t)>("arith:square");
  const auto root = registry.add("root", [](double x) {
    if (x < 0) throw std::domain_error("negative");
    return std::sqrt(x);
  });

  forkmap::Pool pool(registry, {.workers = 2});

  // Values, in the order of the items. The first failed item is thrown as ItemFailed.
  for (const std::int64_t y : pool.map(square, {1, 2, 3, 4, 5})) std::cout << y << ' ';
  std::cout << '\n';

  // One outcome for each item, a value or an error.
  for (const auto& outcome : pool.map(root, {16.0, -1.0, 25.0}).outcomes()) {
    if (outcome) {
      std::cout << outcome.value() << '\n';
    } else {
      std::cout << "item " << outcome.index() << ": " << outcome.error().message << '\n';
    }
  }

  // One item.
  forkmap::Future<std::int64_t> future = pool.submit(square, 12);
  std::cout << future.get() << '\n';
  // [embed end]
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "embed: " << error.what() << '\n';
    return 1;
  }
}
