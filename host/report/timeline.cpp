// SPDX-License-Identifier: Apache-2.0
#include "host/report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "host/report/time_axis.hpp"
#include "host/text/html_escape.hpp"
#include "host/text/quantity.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostRows = 64;
constexpr std::size_t kManyRows = 16;  // narrow ones then
constexpr std::size_t kShapes = 1000;
constexpr std::size_t kMostColumnsOfRow = 200;
constexpr std::size_t kLeastColumns = 15;
constexpr int kLevels = 6;          // of being busy, that can be told apart
constexpr double kRowWidth = 1000;  // of a row's coordinates
constexpr double kLeastWide = 0.8;  // so that a short task is seen
// With so many other machines, or fewer, their workers can be unfolded.
constexpr std::size_t kMostUnfolded = 4;

struct Row {
  std::vector<WorkerKey> workers = {};
  std::string machine = {};         // whose they all are; empty: it has no row for each machine
  const NodeFacts* node = nullptr;  // of another machine, where more is known
};

std::size_t quotient_up(std::size_t number, std::size_t by) { return (number + by - 1) / by; }

class Timeline {
 public:
  explicit Timeline(const RunRecord& facts)
      : facts_(facts), whole_(std::max(facts.wall, RunTime{1})) {
    const std::size_t group = quotient_up(facts.workers.size(), kMostRows);
    const bool has_all_tasks = facts.tasks + facts.lost_attempts <= facts.drawn_tasks.size();
    if (facts.node_names.are_there()) {
      find_machines();
      for (const Row& row : machines_) {
        folds_.push_back(rows_of(row.workers, group));
      }
      if (machines_.size() > kMostUnfolded + 1) folds_.clear();  // and this one
    } else {
      std::vector<WorkerKey> all;
      for (const auto& [key, worker] : facts.workers) all.push_back(key);
      folds_.push_back(rows_of(all, group));
    }
    std::size_t rows = machines_.size();
    for (const std::vector<Row>& fold : folds_) rows += fold.size();
    const std::size_t columns =
        std::clamp(kShapes / std::max<std::size_t>(1, rows), kLeastColumns, kMostColumnsOfRow);
    width_ = std::max<std::size_t>(1, quotient_up(facts.grid.columns(), columns));
    is_exact_ = group == 1 && has_all_tasks && !folds_.empty();
    has_many_rows_ = rows > kManyRows;
  }

  std::string html() {
    out_ = machines_.empty() ? "<figure>" : "<figure class=\"machines\">";
    out_ += "<div class=\"rows";
    if (has_many_rows_) out_ += " many";
    out_ += "\" role=\"group\" aria-label=\"Timeline: a row for each ";
    out_ += machines_.empty() ? "worker\">" : "machine\">";
    for (std::size_t place = 0; place < machines_.size(); ++place) {
      add_row(machines_[place]);
      if (place < folds_.size()) add_fold(machines_[place], folds_[place]);
    }
    if (machines_.empty()) {
      for (const Row& row : folds_.front()) add_row(row);
    }
    add_stalls();
    add_reforks();
    out_ += "</div>" + time_axis(facts_.wall);
    add_keys();
    return out_ + "</figure>";
  }

 private:
  // `group` of the workers in each.
  [[nodiscard]] static std::vector<Row> rows_of(const std::vector<WorkerKey>& workers,
                                                std::size_t group) {
    std::vector<Row> rows;
    for (const WorkerKey& worker : workers) {
      if (rows.empty() || rows.back().workers.size() >= group) rows.emplace_back();
      rows.back().workers.push_back(worker);
    }
    return rows;
  }

  // This one first, if it has workers. Where there are more than rows, the last have none.
  void find_machines() {
    std::map<std::uint32_t, Row> found;
    for (const auto& [key, worker] : facts_.workers) found[key.node].workers.push_back(key);
    for (const NodeFacts& node : facts_.others.nodes) found[node.number].node = &node;
    for (auto& [number, row] : found) {
      if (machines_.size() == kMostRows) break;
      row.machine = facts_.node_names.shown(number);
      machines_.push_back(std::move(row));
    }
    left_out_ = found.size() - machines_.size();
  }

  void add_fold(const Row& machine, const std::vector<Row>& rows) {
    if (rows.empty()) return;
    out_ += "<details><summary>workers of " + html_text(machine.machine) + "</summary>";
    for (const Row& row : rows) add_row(row);
    out_ += "</details>";
  }

  [[nodiscard]] double place(RunTime time) const {
    return kRowWidth * static_cast<double>(time.count()) / static_cast<double>(whole_.count());
  }
  [[nodiscard]] RunTime column_begin(std::size_t column) const {
    return facts_.grid.column_time() * static_cast<std::int64_t>(column * width_);
  }

  void add_rect(double from, double to, std::string_view attributes, const std::string& title) {
    const double wide = std::max(kLeastWide, to - from);
    fmt::format_to(std::back_inserter(out_),
                   "<rect x=\"{:.2f}\" width=\"{:.2f}\" height=\"10\"{}><title>{}</title></rect>",
                   std::min(from, kRowWidth - wide), wide, attributes, html_text(title));
  }

  void begin_track(const std::string& name, const std::string& label) {
    fmt::format_to(std::back_inserter(out_),
                   "<div class=\"row\"><span class=\"name\">{}</span><div class=\"track\"><svg "
                   "viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" "
                   "aria-label=\"{}\">",
                   html_text(name), html_text(label));
  }

  void add_row(const Row& row) {
    const std::string name = name_of(row);
    RunTime busy{};
    std::uint64_t items = 0;
    std::uint64_t deaths = 0;
    for (const WorkerKey& key : row.workers) {
      const WorkerFacts& worker = facts_.workers.at(key);
      busy += worker.busy;
      items += worker.items;
      deaths += worker.deaths;
    }
    const double share =
        static_cast<double>(busy.count()) / static_cast<double>(whole_.count()) / width_of(row);
    begin_track(name, name + ": " + grouped_text(items) + " items, busy " + share_text(share) +
                          (deaths == 0 ? "" : ", deaths: " + std::to_string(deaths)));
    if (is_exact_ && row.machine.empty()) {
      add_tasks(row.workers.front());
    } else {
      add_levels(row);
    }
    out_ += "</svg>";
    add_deaths(row);
    add_loss(row);
    out_ += "</div><span class=\"share\">" + share_text(share) + "</span></div>";
  }

  [[nodiscard]] std::string name_of(const Row& row) const {
    if (facts_.is_serial) return "host";
    if (!row.machine.empty()) return row.machine;
    const std::string first = "w" + std::to_string(row.workers.front().number);
    return row.workers.size() == 1 ? first
                                   : first + "–" + std::to_string(row.workers.back().number);
  }

  // How many workers can be busy at once; a node may have some that nobody has heard of.
  [[nodiscard]] static double width_of(const Row& row) {
    std::uint64_t workers = std::max<std::uint64_t>(1, row.workers.size());
    if (row.node != nullptr) workers = std::max(workers, row.node->workers);
    return static_cast<double>(workers);
  }

  void add_tasks(const WorkerKey& worker) {
    for (const DrawnTask& task : facts_.drawn_tasks) {
      if (task.worker != worker) continue;
      std::string title = "item " + grouped_text(task.first_item);
      if (task.items > 1) title += " and " + grouped_text(task.items - 1) + " more";
      title += ", " + time_text(task.ended - task.begun) + (task.failed ? ", failed" : "");
      // A seam between neighbours, where there is room for it.
      const double from = place(task.begun);
      const double to = place(task.ended);
      add_rect(from, to - from > 5 ? to - 1 : to, task.failed ? " class=\"f\"" : "", title);
    }
  }

  // How much of its time the row was busy, column by column; neighbours of one level are one shape.
  void add_levels(const Row& row) {
    std::vector<double> busy;
    for (const WorkerKey& key : row.workers) {
      const auto part = facts_.grid.coarse(facts_.workers.at(key).busy_series, width_);
      busy.resize(part.size());
      for (std::size_t column = 0; column < part.size(); ++column) busy[column] += part[column];
    }
    add_shares(busy, width_of(row), "", "busy");
  }

  void add_shares(const std::vector<double>& amounts, double rows, std::string_view kind,
                  std::string_view word) {
    const auto level = [&](std::size_t column) {
      const RunTime end = std::min(column_begin(column + 1), whole_);
      const auto room = static_cast<double>((end - column_begin(column)).count()) * rows;
      if (room <= 0) return 0;
      const double share = std::clamp(amounts[column] / room, 0.0, 1.0);
      return share < 0.005 ? 0 : std::max(1, static_cast<int>(std::lround(share * kLevels)));
    };
    for (std::size_t first = 0; first < amounts.size();) {
      std::size_t end = first + 1;
      while (end < amounts.size() && level(end) == level(first)) ++end;
      if (const int found = level(first); found > 0) {
        const RunTime from = column_begin(first);
        const RunTime to = std::min(column_begin(end), whole_);
        add_rect(place(from), place(to),
                 fmt::format("{} fill-opacity=\"{:.2f}\"", kind, 0.15 + 0.85 * found / kLevels),
                 fmt::format("{} to {}: {} about {} %", time_text(from), time_text(to), word,
                             100 * found / kLevels));
      }
      first = end;
    }
  }

  // The first ones by what killed them; the others are counted, column by column.
  void add_deaths(const Row& row) {
    std::vector<double> others;
    for (const WorkerKey& key : row.workers) {
      const auto part = facts_.grid.coarse(facts_.workers.at(key).death_series, width_);
      others.resize(part.size());
      for (std::size_t column = 0; column < part.size(); ++column) others[column] += part[column];
    }
    const bool all_are_drawn =
        facts_.deaths == facts_.drawn_deaths.size() && facts_.deaths < kShapes;
    if (all_are_drawn) {
      for (const DrawnDeath& death : facts_.drawn_deaths) {
        if (std::ranges::find(row.workers, death.worker) == row.workers.end()) continue;
        add_mark(death.at, time_text(death.at) + ": " + death.text);
      }
      return;
    }
    for (std::size_t column = 0; column < others.size(); ++column) {
      if (others[column] < 0.5) continue;
      add_mark(
          column_begin(column) + facts_.grid.column_time() * static_cast<std::int64_t>(width_) / 2,
          fmt::format("from {} on: deaths: {:.0f}", time_text(column_begin(column)),
                      others[column]));
    }
  }

  void add_loss(const Row& row) {
    if (row.node == nullptr) return;
    const std::optional<RunTime> at = facts_.lost_at(*row.node);
    if (!at) return;
    std::string title =
        time_text(*at) + ": node " + row.node->name + " was lost: " + row.node->why_ended;
    if (row.node->moved_items > 0) {
      title += "; items that went elsewhere: " + grouped_text(row.node->moved_items);
    }
    add_mark(*at, title, "mark lost");
  }

  void add_mark(RunTime at, const std::string& title, std::string_view look = "mark") {
    fmt::format_to(std::back_inserter(out_),
                   "<i class=\"{}\" style=\"left:{:.2f}%\" title=\"{}\"></i>", look,
                   std::min(100.0, place(at) / 10), html_text(title));
  }

  void add_stalls() {
    std::vector<double> all;
    RunTime time{};
    for (std::size_t wait = 0; wait < kWaits; ++wait) {
      time += facts_.stalls[wait].time;
      const auto part = facts_.grid.coarse(facts_.stall_series[wait], width_);
      all.resize(part.size());
      for (std::size_t column = 0; column < part.size(); ++column) all[column] += part[column];
    }
    const double share = static_cast<double>(time.count()) / static_cast<double>(whole_.count());
    if (share < 0.005) return;
    has_stalls_ = true;
    begin_track("waits", "The pool waited, " + share_text(share) + " of the time");
    add_shares(all, 1, " class=\"w\"", "waited");
    out_ += "</svg></div><span class=\"share\">" + share_text(share) + "</span></div>";
  }

  void add_reforks() {
    if (facts_.crews.empty()) return;
    out_ += "<div class=\"over\">";
    for (const CrewFacts& crew : facts_.crews) {
      const std::string title =
          crew.name + (crew.failure.empty() ? "" : " failed: " + crew.failure);
      fmt::format_to(
          std::back_inserter(out_),
          "<i class=\"turn-line\" style=\"left:{:.2f}%;width:{:.2f}%\" title=\"{}\"></i>",
          place(crew.begun) / 10, place(crew.ended - crew.begun) / 10, html_text(title));
    }
    out_ += "</div>";
  }

  void add_keys() {
    out_ += "<div class=\"keys\">";
    if (is_exact_) out_ += "<span><i></i>a task</span>";
    if (!is_exact_ || !machines_.empty()) {
      out_ += "<span><i></i>busy; the paler, the less</span>";
    }
    const bool any_failed =
        is_exact_ &&
        std::ranges::any_of(facts_.drawn_tasks, [](const DrawnTask& t) { return t.failed; });
    if (any_failed) out_ += "<span><i class=\"f\"></i>with an item that failed</span>";
    if (facts_.deaths > 0) out_ += "<span><i class=\"d\"></i>a worker died</span>";
    if (facts_.lost_nodes() > 0) out_ += "<span><i class=\"l\"></i>a node was lost</span>";
    if (left_out_ > 0) out_ += "<span>and " + std::to_string(left_out_) + " more nodes</span>";
    if (!facts_.crews.empty()) out_ += "<span><i class=\"r\"></i>new workers (refork)</span>";
    if (has_stalls_) out_ += "<span><i class=\"w\"></i>workers were idle</span>";
    out_ += "</div>";
  }

  const RunRecord& facts_;
  RunTime whole_;
  std::vector<Row> machines_;            // none: there is one only
  std::vector<std::vector<Row>> folds_;  // workers of each of them, or of the one
  std::size_t left_out_ = 0;             // machines
  std::size_t width_ = 1;                // grid columns in one of the timeline
  bool is_exact_ = false;                // rows of workers have each task
  bool has_many_rows_ = false;
  bool has_stalls_ = false;
  std::string out_;
};

}  // namespace

std::string report_timeline(const RunRecord& facts) {
  if (facts.workers.empty() && facts.others.nodes.empty())
    return "<p class=\"quiet\">No worker was there.</p>";
  return Timeline(facts).html();
}

}  // namespace forkmap::host
