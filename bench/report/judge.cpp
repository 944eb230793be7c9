// SPDX-License-Identifier: Apache-2.0
#include "bench/report/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace forkmap::bench {

std::optional<double> ratio(const Figure& ours, const Figure& theirs) {
  if (ours.runs.empty() || theirs.runs.empty()) return std::nullopt;
  if (std::ranges::count(theirs.runs, 0.0) != 0) return std::nullopt;
  if (ours.runs.size() != theirs.runs.size()) return ours.median() / theirs.median();
  Figure quotients;
  for (std::size_t round = 0; round < ours.runs.size(); ++round) {
    quotients.runs.push_back(ours.runs[round] / theirs.runs[round]);
  }
  return quotients.median();
}

const Contender* opponent(const Row& row, const Target& target) {
  const Contender* best = nullptr;
  for (const Contender& each : row.against) {
    if (each.figure.runs.empty()) continue;
    if (each.name == target.against) return &each;
    if (target.against != kFastestPython || each.kind != Kind::python) continue;
    const bool is_better = best == nullptr || (row.better == Better::lower
                                                   ? each.figure.median() < best->figure.median()
                                                   : each.figure.median() > best->figure.median());
    if (is_better) best = &each;
  }
  return best;
}

std::optional<double> value_of(const Row& row, const Target& target) {
  if (row.ours.runs.empty()) return std::nullopt;
  if (target.against.empty()) return row.ours.median();
  const Contender* other = opponent(row, target);
  return other == nullptr ? std::nullopt : ratio(row.ours, other->figure);
}

Verdict judge(const Row& row, const Target& target) {
  const std::optional<double> value = value_of(row, target);
  if (!value) return Verdict::not_measured;
  const bool met =
      target.relation == Relation::at_most ? *value <= target.bound : *value >= target.bound;
  return met ? Verdict::met : Verdict::missed;
}

std::optional<Verdict> judge(const Row& row) {
  if (!row.error.empty()) return Verdict::missed;
  std::optional<Verdict> worst;
  for (const Target& target : row.targets) {
    const Verdict verdict = judge(row, target);
    if (verdict == Verdict::missed) return verdict;
    if (!worst || verdict == Verdict::not_measured) worst = verdict;
  }
  return worst;
}

bool passes(const Report& report, bool everything) {
  return std::ranges::all_of(report.rows, [everything](const Row& row) {
    const Verdict verdict = judge(row).value_or(Verdict::met);
    return verdict == Verdict::met || (!everything && verdict == Verdict::not_measured);
  });
}

std::string to_text(const Row& row, const Target& target) {
  const std::string bound = fmt::format("{} {:g}", to_string(target.relation), target.bound);
  if (target.against.empty()) return row.unit.empty() ? bound : bound + " " + row.unit;
  return bound + " x " + target.against;
}

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::missed:
      return "missed";
    case Verdict::not_measured:
      break;
  }
  return "not measured";
}

}  // namespace forkmap::bench
