// SPDX-License-Identifier: Apache-2.0
//
// Rows with figures made by hand.
#pragma once

#include "bench/report/figures.hpp"

namespace forkmap::tests {

// 10 items a second, against a limit of 20, a peer of 5 and two Python pools of 1 and 2.
inline bench::Row example_row() {
  return {.name = "example",
          .what = "an example",
          .unit = "items/s",
          .better = bench::Better::higher,
          .ours = {{9, 10, 14}},
          .against = {{.name = "limit", .kind = bench::Kind::limit, .figure = {{20, 20, 20}}},
                      {.name = "peer", .version = "1.2", .figure = {{5, 4, 7}}},
                      {.name = "slow", .kind = bench::Kind::python, .figure = {{1, 1, 1}}},
                      {.name = "fast", .kind = bench::Kind::python, .figure = {{2, 2, 2}}}}};
}

inline bench::Report example_report() {
  return {.machine = {.processor = "a processor",
                      .cores = 2,
                      .kernel = "6.1",
                      .compiler = "a compiler",
                      .date = "2026-01-02T03:04:05Z"},
          .quick = true,
          .peers = true,
          .rounds = 3,
          .rows = {example_row()}};
}

}  // namespace forkmap::tests
