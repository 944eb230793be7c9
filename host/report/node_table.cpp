// SPDX-License-Identifier: Apache-2.0
#include "host/report/node_table.hpp"

#include <fmt/format.h>

#include <iterator>

#include "host/text/html_escape.hpp"
#include "host/text/quantity.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostNodes = 64;

std::string end_of(const RunRecord& facts, const NodeFacts& node) {
  if (const auto lost_at = facts.lost_at(node)) {
    return "lost at " + time_text(*lost_at) + ": " + node.why_ended;
  }
  return node.why_ended.empty() ? "–" : node.state + ": " + node.why_ended;
}

}  // namespace

std::string node_table(const RunRecord& facts) {
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>node</th><th>workers</th>"
      "<th>items</th><th>blocks</th><th>busy</th><th>deaths</th><th>moved</th><th>late</th>"
      "<th>sent</th><th>received</th><th>end</th></tr></thead><tbody>";
  std::size_t shown = 0;
  for (const NodeFacts& node : facts.others.nodes) {
    if (++shown > kMostNodes) break;
    const WorkerTotals totals = facts.totals_of(node.number);
    fmt::format_to(std::back_inserter(html),
                   "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
                   "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                   html_text(node.name), node.workers, grouped_text(node.items),
                   grouped_text(node.blocks), time_text(totals.busy), totals.deaths,
                   grouped_text(node.moved_items), grouped_text(node.late_messages),
                   size_in_words(node.sent_bytes), size_in_words(node.received_bytes),
                   html_text(end_of(facts, node)));
  }
  html += "</tbody></table></div>";
  if (facts.others.nodes.size() > kMostNodes) {
    html += "<p class=\"quiet small\">and " +
            std::to_string(facts.others.nodes.size() - kMostNodes) + " more nodes</p>";
  }
  return html;
}

}  // namespace forkmap::host
