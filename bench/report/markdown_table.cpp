// SPDX-License-Identifier: Apache-2.0
#include "bench/report/markdown_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "bench/report/judge.hpp"
#include "bench/report/text_table.hpp"

namespace forkmap::bench {

namespace {

constexpr std::string_view kBegin = "<!-- performance table -->\n";
constexpr std::string_view kEnd = "<!-- end -->\n";

// One row a question: what one item costs, what one task costs, arrays, text, a pool, a death.
constexpr std::array<std::string_view, 6> kReadmeRows = {
    "round-trip-awake", "chunk-1", "arena-vectorized", "text-i64", "create-map-end", "replacement"};

std::string joined(std::string text, const std::string& more) {
  return text.empty() ? more : text + "<br>" + more;
}

std::string compared_with(const Row& row) {
  std::string cell;
  for (const Contender& each : row.against) {
    if (each.figure.runs.empty()) continue;
    const auto quotient = ratio(row.ours, each.figure);
    cell = joined(cell, fmt::format("{}: {}{}", each.name, number_text(each.figure.median()),
                                    quotient ? " (x " + number_text(*quotient) + ")" : ""));
  }
  return cell;
}

std::string goals(const Row& row) {
  std::string cell;
  for (const Target& target : row.targets) {
    const Verdict verdict = judge(row, target);
    cell = joined(cell, to_text(row, target) +
                            (verdict == Verdict::met ? "" : ": **" + to_string(verdict) + "**"));
  }
  return cell;
}

struct Region {
  std::size_t begin;
  std::size_t end;
};

Region region_in(std::string_view document) {
  const std::size_t begin = document.find(kBegin);
  if (begin == std::string_view::npos) {
    throw std::runtime_error("the document has no line <!-- performance table -->");
  }
  const std::size_t end = document.find(kEnd, begin);
  if (end == std::string_view::npos) {
    throw std::runtime_error("no line <!-- end --> follows <!-- performance table -->");
  }
  return {begin + kBegin.size(), end};
}

}  // namespace

std::string markdown_table(const Report& report, Choice choice) {
  const bool all = choice == Choice::all;
  std::string table = all ? "| row " : "";
  table += "| work | forkmap | limits and peers (x: forkmap's figure divided by theirs) |";
  table += all ? " must reach |\n| --- | --- | --- | --- | --- |\n" : "\n| --- | --- | --- |\n";
  for (const Row& row : report.rows) {
    if (!all && std::ranges::find(kReadmeRows, row.name) == kReadmeRows.end()) continue;
    const std::string ours =
        row.error.empty() ? number_text(row.ours.median()) + " " + row.unit : "failed";
    if (all) table += fmt::format("| `{}` ", row.name);
    table += fmt::format("| {} | {} | {} |", row.what, ours, compared_with(row));
    table += all ? fmt::format(" {} |\n", goals(row)) : "\n";
  }
  const Machine& machine = report.machine;
  return table + fmt::format("\n{}, {} cores, Linux {}, {}, {}; medians of {} runs{}.\n",
                             machine.processor, machine.cores, machine.kernel, machine.compiler,
                             machine.date.substr(0, machine.date.find('T')), report.rounds,
                             report.quick ? ", with fewer items (a quick run)" : "");
}

std::string with_table(std::string_view document, std::string_view table) {
  const Region region = region_in(document);
  return std::string(document.substr(0, region.begin)) + std::string(table) +
         std::string(document.substr(region.end));
}

std::string table_in(std::string_view document) {
  const Region region = region_in(document);
  return std::string(document.substr(region.begin, region.end - region.begin));
}

}  // namespace forkmap::bench
