// SPDX-License-Identifier: Apache-2.0
//
// The lesson of docs/lesson, played: each scene computes what it shows.
#pragma once

#include "host/demo/stage.hpp"

namespace forkmap::host {

void play_maps(DemoStage& stage);            // the serial map, and the same through a pool
void play_pids(DemoStage& stage);            // who works: 20 items, 2 workers, both pids, the sum
void play_shares(DemoStage& stage);          // how the work is divided among 1, 2 and 4 workers
void play_stale_registry(DemoStage& stage);  // the broken pool, and its two cures

}  // namespace forkmap::host
