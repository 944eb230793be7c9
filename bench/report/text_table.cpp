// SPDX-License-Identifier: Apache-2.0
#include "bench/report/text_table.hpp"

#include <fmt/format.h>

#include <cmath>

#include "bench/report/judge.hpp"

namespace forkmap::bench {

namespace {

std::string ratio_text(const Figure& ours, const Figure& theirs) {
  const std::optional<double> quotient = ratio(ours, theirs);
  return quotient ? "x " + number_text(*quotient) : "";
}

}  // namespace

std::string number_text(double value) {
  const double size = std::fabs(value);
  if (size >= 1000 || value == std::round(value)) return fmt::format("{:.0f}", value);
  if (size >= 100) return fmt::format("{:.1f}", value);
  if (size >= 10) return fmt::format("{:.2f}", value);
  if (size >= 1) return fmt::format("{:.3f}", value);
  return fmt::format("{:.4g}", value);
}

std::string figure_text(const Figure& figure, const std::string& unit) {
  std::string text = number_text(figure.median());
  if (!unit.empty()) text += " " + unit;
  if (figure.runs.size() > 1) {
    text += fmt::format(" ({} to {})", number_text(figure.min()), number_text(figure.max()));
  }
  return text;
}

std::string row_text(const Row& row) {
  const auto line = [](const std::string& label, const std::string& figure,
                       const std::string& last) {
    std::string text = fmt::format("  {:<38} {:<42} {}", label, figure, last);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = fmt::format("{}: {}\n", row.name, row.what);
  if (!row.error.empty()) return text + fmt::format("  FAILED: {}\n", row.error);
  text += line("forkmap", figure_text(row.ours, row.unit), "");
  for (const Contender& each : row.against) {
    const std::string name = each.version.empty() ? each.name : each.name + " " + each.version;
    text += line(name, figure_text(each.figure, row.unit), ratio_text(row.ours, each.figure));
  }
  for (const Target& target : row.targets) {
    const std::optional<double> value = value_of(row, target);
    text += line("target " + to_text(row, target), value ? number_text(*value) : "",
                 to_string(judge(row, target)));
  }
  if (!row.note.empty()) text += fmt::format("  {}\n", row.note);
  return text;
}

std::string heading_text(const Report& report) {
  const Machine& machine = report.machine;
  return fmt::format(
      "{}, {} cores, Linux {}, {}, {}\n"
      "Medians of {} runs (lowest to highest), all of a row in turn; x: forkmap's figure divided "
      "by "
      "that one.{}\n",
      machine.processor, machine.cores, machine.kernel, machine.compiler, machine.date,
      report.rounds, report.quick ? " Quick: fewer items and fewer rounds." : "");
}

std::string closing_text(const Report& report) {
  int counts[3] = {0, 0, 0};
  std::string missed;
  for (const Row& row : report.rows) {
    if (!row.error.empty()) {
      ++counts[1];
      missed += fmt::format("  missed: {} failed\n", row.name);
      continue;
    }
    for (const Target& target : row.targets) {
      const Verdict verdict = judge(row, target);
      ++counts[static_cast<int>(verdict)];
      if (verdict != Verdict::missed) continue;
      missed += fmt::format("  missed: {} {}, is {}\n", row.name, to_text(row, target),
                            number_text(value_of(row, target).value_or(0)));
    }
  }
  return missed + fmt::format("targets: {} met, {} missed, {} not measured{}\n", counts[0],
                              counts[1], counts[2],
                              report.peers ? "" : " (peers need --with-peers)");
}

}  // namespace forkmap::bench
