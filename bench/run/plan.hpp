// SPDX-License-Identifier: Apache-2.0
//
// How one row is measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/report/figures.hpp"

namespace forkmap::bench {

class Context;

// What is measured beside forkmap; run() gives one figure, in the row's unit.
struct Opponent {
  std::string name = {};
  std::string version = {};
  Kind kind = Kind::limit;
  std::function<double()> run = {};
  int rounds = 0;  // takes part in the first of them only; 0: in all
};

struct Plan {
  std::string what = {};
  std::string unit = {};
  Better better = Better::lower;
  std::function<double()> ours = {};
  std::vector<Opponent> against = {};
  std::vector<Target> targets = {};
  std::function<std::string()> note = {};  // asked for after the runs
  int warm_ups = 1;                        // runs of ours that do not count
  int rounds = 0;                          // 0: as many as the bench makes
};

// prepare() is called when the row's turn has come; what it makes is gone when the row is done.
struct RowDefinition {
  std::string name = {};
  std::function<Plan(Context&)> prepare = {};
  // About the rows before: not in a process of its own.
  bool here = false;
};
using RowDefinitions = std::vector<RowDefinition>;

// Runs ours and all others in turn, in a child, so that each row finds the process as it was at the
// start: small, and without threads. What goes wrong, the child's death too, becomes the row's
// error.
[[nodiscard]] Row measure(const RowDefinition& definition, Context& context);

}  // namespace forkmap::bench
