// SPDX-License-Identifier: Apache-2.0
// embedding PLUGIN: a program with a pool of its own, with a function of its own and one of a
// plugin.
#include <cstdint>
#include <forkmap/pool.hpp>
#include <forkmap/registry.hpp>
#include <iostream>
#include <vector>

namespace {

template <class T>
void print(const std::vector<T>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) std::cout << (i == 0 ? "" : " ") << values[i];
  std::cout << '\n';
}

}  // namespace

int main(int count, char* arguments[]) {
  if (count != 2) return 2;
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });
  registry.load(arguments[1]);
  const auto fahrenheit = registry.function<double(double)>("temperature:fahrenheit");

  forkmap::Pool pool(registry, {.workers = 2});
  print(pool.map(square, {1, 2, 3}).collect());
  print(pool.map(fahrenheit, std::vector<double>{0, 100}).collect());
}
