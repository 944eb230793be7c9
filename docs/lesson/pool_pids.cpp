// SPDX-License-Identifier: Apache-2.0
// pool_pids [WORKERS]: 20 items, and who works on each.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <forkmap/forkmap.hpp>
#include <iostream>
#include <numeric>
#include <thread>
#include <vector>

int main(int count, char* arguments[]) {
  const int workers = count > 1 ? std::atoi(arguments[1]) : 2;
  if (workers < 1 || count > 2) {
    std::cerr << "usage: pool_pids [WORKERS]\n";
    return 2;
  }

  // [verbose]
  forkmap::Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) {
    std::printf("Worker %d calculating square of %d\n", getpid(), static_cast<int>(x));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // as if it were hard work
    return x * x;
  });
  // [verbose end]

  std::vector<std::int64_t> items(20);
  std::iota(items.begin(), items.end(), 1);

  // [reduce]
  forkmap::Pool pool(registry, {.workers = workers});
  const auto squares = pool.map(square, items, {.chunk = 1}).collect();
  const std::int64_t sum = std::accumulate(squares.begin(), squares.end(), std::int64_t{0});
  std::cout << "The sum of the square of the first 20 integers is " << sum << '\n';
  // [reduce end]

  // [shares]
  for (const forkmap::WorkerInfo& worker : pool.workers()) {
    std::cout << "worker " << worker.number << ", pid " << worker.pid << ": " << worker.items_done
              << " items\n";
  }
  // [shares end]
}
