// SPDX-License-Identifier: Apache-2.0
#include "bench/report/figures.hpp"

#include <algorithm>

namespace forkmap::bench {

double Figure::median() const {
  if (runs.empty()) return 0;
  std::vector<double> sorted = runs;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Figure::min() const { return runs.empty() ? 0 : *std::ranges::min_element(runs); }

double Figure::max() const { return runs.empty() ? 0 : *std::ranges::max_element(runs); }

std::string to_string(Kind kind) {
  switch (kind) {
    case Kind::limit:
      return "limit";
    case Kind::peer:
      return "peer";
    case Kind::python:
      return "python";
    case Kind::itself:
      break;
  }
  return "itself";
}

std::string to_string(Better better) { return better == Better::lower ? "lower" : "higher"; }

std::string to_string(Relation relation) { return relation == Relation::at_most ? "<=" : ">="; }

}  // namespace forkmap::bench
