// SPDX-License-Identifier: Apache-2.0
#include "bench/run/context.hpp"

namespace forkmap::bench {

BenchPool::~BenchPool() {
  if (!counted_) count();
}

void BenchPool::shutdown() {
  count();
  pool_.shutdown();
}

void BenchPool::count() {
  counted_ = true;
  ++context_.account.pools;
  for (const WorkerInfo& worker : pool_.workers()) {
    context_.account.rescues += worker.rescues;
    context_.account.respawns += worker.respawns;
  }
}

}  // namespace forkmap::bench
