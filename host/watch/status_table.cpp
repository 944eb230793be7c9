// SPDX-License-Identifier: Apache-2.0
#include "host/watch/status_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/printable_text.hpp"
#include "host/text/duration.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

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

}  // namespace

std::vector<std::string> status_lines(const RunStatus& status) {
  std::vector<std::vector<std::string>> rows = {
      {"worker", "pid", "state", "item", "runs for", "done", "respawns"}};
  for (const WorkerStatus& worker : status.workers) {
    rows.push_back({"w" + std::to_string(worker.number),
                    worker.pid == 0 ? "-" : std::to_string(worker.pid), worker.state,
                    worker.item ? std::to_string(*worker.item) : "-",
                    worker.item ? short_time(worker.item_time) : "-", std::to_string(worker.done),
                    std::to_string(worker.respawns)});
  }
  std::vector<std::string> lines = {
      base::printable_line(status.function) + ", pid " + std::to_string(status.pid) + ", " +
          base::printable_line(status.state) + ", " + short_time(status.elapsed) + ", " +
          std::to_string(status.workers_wanted) +
          (status.workers_wanted == 1 ? " worker" : " workers"),
      items_text(status), rates_text(status)};
  const std::vector<std::string> table = lines_of(aligned(rows, {1, 3, 4, 5, 6}));
  lines.insert(lines.end(), table.begin(), table.end());
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
