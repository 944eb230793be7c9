// SPDX-License-Identifier: Apache-2.0
#include "host/watch/status_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/printable_text.hpp"
#include "host/text/duration.hpp"
#include "host/text/node_names.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

// From so many other machines on workers are shown of one machine only.
constexpr std::size_t kManyNodes = 4;

std::string short_time(std::chrono::nanoseconds time) {
  if (time >= 1min) return duration_text(time);
  return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

std::string rate_text(double rate) {
  return rate < 100 ? fmt::format("{:.1f}/s", rate) : fmt::format("{:.0f}/s", rate);
}

std::string items_text(const RunStatus& status) {
  std::string text = std::to_string(status.done);
  if (status.total) text += " of " + std::to_string(*status.total);
  text += " done, ";
  if (!status.total && status.fraction) {
    text += fmt::format("{:.0f} % of the input read, ", *status.fraction * 100);
  }
  if (status.waiting > 0) text += std::to_string(status.waiting) + " wait for their turn, ";
  return text + std::to_string(status.failed) + " failed";
}

std::string rates_text(const RunStatus& status) {
  std::string text =
      rate_text(status.rate_now) + " now, " + rate_text(status.rate) + " on the whole";
  if (const auto left = status.time_left()) text += ", " + duration_text(*left) + " left";
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string machine_of(const WorkerStatus& worker) {
  return worker.node.empty() ? NodeNames::kThisMachine : worker.node;
}

std::string node_table(const std::vector<NodeFacts>& nodes) {
  std::vector<std::vector<std::string>> rows = {
      {"node", "state", "workers", "done", "items/s", "out", "late", "beat", "load"}};
  for (const NodeFacts& node : nodes) {
    rows.push_back({node.name, node.state,
                    std::to_string(node.workers_up) + "/" + std::to_string(node.workers),
                    std::to_string(node.items),
                    node.items_per_s ? fmt::format("{:.1f}", *node.items_per_s) : "-",
                    std::to_string(node.items_out), std::to_string(node.late_messages),
                    node.last_beat ? short_time(*node.last_beat) : "-",
                    node.load ? fmt::format("{:.2f}", *node.load) : "-"});
  }
  return aligned(rows, {2, 3, 4, 5, 6, 7, 8});
}

std::string worker_table(const RunStatus& status, const std::string& machine) {
  const bool has_nodes = !status.nodes.empty();
  std::vector<std::vector<std::string>> rows = {
      {"worker", "pid", "state", "item", "runs for", "done", "respawns"}};
  if (has_nodes) rows.front().insert(rows.front().begin(), "node");
  for (const WorkerStatus& worker : status.workers) {
    if (!machine.empty() && machine != machine_of(worker)) continue;
    std::vector<std::string>& row = rows.emplace_back();
    if (has_nodes) row.push_back(machine_of(worker));
    row.insert(row.end(), {"w" + std::to_string(worker.number),
                           worker.pid == 0 ? "-" : std::to_string(worker.pid), worker.state,
                           worker.item ? std::to_string(*worker.item) : "-",
                           worker.item ? short_time(worker.item_time) : "-",
                           std::to_string(worker.done), std::to_string(worker.respawns)});
  }
  return aligned(rows, has_nodes ? std::vector<std::size_t>{2, 4, 5, 6, 7}
                                 : std::vector<std::size_t>{1, 3, 4, 5, 6});
}

std::string machines_text(const RunStatus& status) {
  const std::size_t count = status.nodes.size();
  if (count == 0) return {};
  return " here, " + std::to_string(count) + (count == 1 ? " other machine" : " other machines");
}

}  // namespace

bool has_machine(const RunStatus& status, const std::string& machine) {
  return machine == NodeNames::kThisMachine ||
         std::ranges::find(status.nodes, machine, &NodeFacts::name) != status.nodes.end();
}

std::vector<std::string> status_lines(const RunStatus& status, const std::string& machine) {
  std::vector<std::string> lines = {
      base::printable_line(status.function) + ", pid " + std::to_string(status.pid) + ", " +
          base::printable_line(status.state) + ", " + short_time(status.elapsed) + ", " +
          std::to_string(status.workers_wanted) +
          (status.workers_wanted == 1 ? " worker" : " workers") + machines_text(status),
      items_text(status), rates_text(status)};
  const auto add = [&lines](const std::string& table) {
    const std::vector<std::string> more = lines_of(table);
    lines.insert(lines.end(), more.begin(), more.end());
  };
  if (!status.nodes.empty()) add(node_table(status.nodes));
  if (machine.empty() && status.nodes.size() >= kManyNodes) {
    lines.emplace_back("forkmap top --node NAME shows the workers of one machine");
  } else {
    add(worker_table(status, machine));
  }
  return lines;
}

std::string table_of_runs(const std::vector<RunStatus>& runs) {
  std::vector<std::vector<std::string>> rows = {{"pid", "elapsed", "workers", "function", "items"}};
  for (const RunStatus& run : runs) {
    rows.push_back({std::to_string(run.pid), short_time(run.elapsed),
                    std::to_string(run.workers_wanted), run.function, items_text(run)});
  }
  return aligned(rows, {0, 1, 2});
}

std::string fitted(const std::vector<std::string>& lines, std::size_t columns, std::size_t rows,
                   std::string_view line_end) {
  std::string text;
  const std::size_t count = std::min(lines.size(), rows);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += line_end;
    const bool is_last = i + 1 == count && count < lines.size();
    const std::string line =
        is_last ? "... and " + std::to_string(lines.size() - i) + " more lines" : lines[i];
    text += line.substr(0, columns);
  }
  return text;
}

}  // namespace forkmap::host
