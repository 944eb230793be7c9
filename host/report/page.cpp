// SPDX-License-Identifier: Apache-2.0
#include "host/report/page.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iterator>

#include "host/report/charts.hpp"
#include "host/report/node_table.hpp"
#include "host/report/style.hpp"
#include "host/report/timeline.hpp"
#include "host/text/html_escape.hpp"
#include "host/text/quantity.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kWorkersInTable = 64;
constexpr std::size_t kShownGroups = 50;

struct Pill {
  std::string_view look;
  std::string text;
};

std::string items_text(std::uint64_t count) {
  return grouped_text(count) + (count == 1 ? " item" : " items");
}

Pill pill_of(const RunRecord& facts) {
  if (facts.ending == "broken") return {"bad", "The run broke off"};
  if (facts.ending == "interrupted") return {"turn", "Interrupted by " + facts.why};
  if (facts.ending == "closed") return {"turn", "Its reader went away"};
  if (facts.ending == "halted") return {"turn", "Halted"};
  if (facts.failed() > 0) return {"bad", items_text(facts.failed()) + " failed"};
  return {"good", "Finished"};
}

class Page {
 public:
  explicit Page(const RunRecord& facts) : facts_(facts) {}

  std::string html() {
    const std::string title = html_text("forkmap run " + facts_.function);
    out_ =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; img-src data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
        "<title>" +
        title + "</title>\n<style>";
    out_ += report_style();
    out_ += "</style>\n</head>\n<body>\n<main>\n";
    add_header();
    add_tiles();
    section("Timeline", report_timeline(facts_));
    out_ += "<div class=\"pair\">";
    section("Throughput", throughput_chart(facts_));
    section("Item times", times_chart(facts_) + chunk_remark());
    out_ += "</div>\n";
    add_slowest();
    add_failures();
    if (!facts_.others.nodes.empty()) section("Nodes", node_table(facts_));
    add_workers();
    out_ += "<div class=\"pair\">";
    section("What was run", facts_of(run_rows()));
    section("What happened", facts_of(event_rows()));
    out_ += "</div>\n<div class=\"pair\">";
    section("Options", facts_of(facts_.options));
    section("Machine", facts_of(facts_.machine));
    out_ += "</div>\n<footer>forkmap " + html_text(facts_.version) +
            "</footer>\n</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  void section(std::string_view title, const std::string& content) {
    fmt::format_to(std::back_inserter(out_), "<section><h2>{}</h2>{}</section>\n", title, content);
  }

  void add_header() {
    const Pill pill = pill_of(facts_);
    const auto seconds = std::chrono::system_clock::to_time_t(facts_.begun_date);
    fmt::format_to(std::back_inserter(out_),
                   "<header><div class=\"title\"><h1>{}</h1><span class=\"pill {}\">{}</span></div>"
                   "<p class=\"quiet\">{:%Y-%m-%d %H:%M:%S} UTC · <code>{}</code></p>",
                   html_text(facts_.function), pill.look, html_text(pill.text),
                   fmt::gmtime(seconds), html_text(facts_.signature));
    if (facts_.ending != "interrupted" && !facts_.why.empty()) {
      out_ += "<p>" + html_text(facts_.why) + "</p>";
    }
    out_ += "</header>\n";
  }

  void tile(const std::string& value, std::string_view name, bool is_bad = false) {
    fmt::format_to(std::back_inserter(out_), "<div class=\"tile\"><b{}>{}</b><span>{}</span></div>",
                   is_bad ? " class=\"bad\"" : "", value, name);
  }

  void add_tiles() {
    const std::size_t rows = std::max<std::size_t>(1, facts_.workers.size());
    const double room = static_cast<double>(facts_.wall.count()) * static_cast<double>(rows);
    out_ += "<section class=\"tiles\" aria-label=\"Summary\">";
    tile(grouped_text(facts_.done()), "items done");
    tile(grouped_text(facts_.failed()), "failed", facts_.failed() > 0);
    if (facts_.cancelled() > 0) tile(grouped_text(facts_.cancelled()), "not finished");
    tile(time_text(facts_.wall), "in all");
    tile(rate_text(facts_.items_per_s()), "on average");
    auto workers = static_cast<std::uint64_t>(facts_.workers_wanted);
    for (const NodeFacts& node : facts_.others.nodes) workers += node.workers;
    tile(facts_.is_serial ? "none" : grouped_text(workers),
         workers == 1 && !facts_.is_serial ? "worker" : "workers");
    if (const std::size_t others = facts_.others.nodes.size(); others > 0) {
      tile(grouped_text(others), others == 1 ? "other machine" : "other machines");
    }
    tile(share_text(room > 0 ? static_cast<double>(facts_.busy().count()) / room : 0), "busy");
    if (facts_.deaths > 0) {
      tile(grouped_text(facts_.deaths), facts_.deaths == 1 ? "worker died" : "workers died", true);
    }
    out_ += "</section>\n";
  }

  [[nodiscard]] std::string chunk_remark() const {
    if (facts_.tasks == 0 || facts_.times.items() <= facts_.tasks) return {};
    return "<p class=\"quiet small\" style=\"margin-top:.8rem\">Items of one task count with the "
           "mean time of that task: " +
           grouped_text(facts_.tasks) + (facts_.tasks == 1 ? " task, " : " tasks, ") +
           items_text(facts_.times.items()) + ".</p>";
  }

  void add_slowest() {
    if (facts_.slowest.all().empty()) return;
    out_ += "<section><h2>Slowest items</h2><ol>";
    for (const SlowItem& item : facts_.slowest.all()) {
      fmt::format_to(std::back_inserter(out_), "<li>{} · {} <code><bdi>{}</bdi></code></li>",
                     time_text(item.time), name_of(item), html_text(item.text));
    }
    out_ += "</ol></section>\n";
  }

  void add_groups() {
    out_ += "<div class=\"kind\"><h3>By place</h3><ol>";
    for (const FailureGroup& group : facts_.groups.largest(kShownGroups)) {
      fmt::format_to(std::back_inserter(out_),
                     "<li>{} {} <code><bdi>{}</bdi></code> · items {}<pre>{}</pre></li>",
                     grouped_text(group.count), to_string(group.kind), html_text(group.function),
                     items_text(group), html_text(group.where));
    }
    out_ += "</ol></div>";
  }

  void add_failures() {
    if (facts_.failed() == 0) return;
    out_ += "<section><h2>Failures</h2>";
    add_groups();
    for (const auto& [kind, failures] : facts_.failures) {
      if (kind == ErrorKind::cancelled) continue;
      fmt::format_to(std::back_inserter(out_), "<div class=\"kind\"><h3>{} · {}</h3><ol>",
                     to_string(kind), items_text(failures.count));
      for (const FailureExample& example : failures.examples) {
        fmt::format_to(
            std::back_inserter(out_), "<li>item {} <code><bdi>{}</bdi></code><pre>{}</pre></li>",
            grouped_text(example.item), html_text(example.text), html_text(example.message));
      }
      if (failures.count > failures.examples.size()) {
        fmt::format_to(std::back_inserter(out_), "<li class=\"quiet\">and {} more</li>",
                       grouped_text(failures.count - failures.examples.size()));
      }
      out_ += "</ol></div>";
    }
    out_ += "</section>\n";
  }

  void add_workers() {
    if (facts_.workers.empty() || facts_.is_serial) return;
    out_ +=
        "<section><h2>Workers</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
        "<th>worker</th><th>items</th><th>tasks</th><th>busy</th><th>deaths</th><th>CPU time</th>"
        "<th>peak memory</th><th>pids</th></tr></thead><tbody>";
    std::size_t shown = 0;
    for (const auto& [key, worker] : facts_.workers) {
      if (++shown > kWorkersInTable) break;
      std::string pids;
      for (const pid_t pid : worker.pids) pids += (pids.empty() ? "" : " ") + std::to_string(pid);
      if (worker.processes > worker.pids.size()) {
        pids += fmt::format(" and {} more", worker.processes - worker.pids.size());
      }
      const auto cpu = worker.user_time + worker.system_time;
      fmt::format_to(
          std::back_inserter(out_),
          "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td "
          "class=\"mono\">{}</td></tr>",
          html_text(facts_.shown(key)), grouped_text(worker.items), grouped_text(worker.tasks),
          time_text(worker.busy), worker.deaths, cpu.count() == 0 ? "–" : time_text(cpu),
          worker.max_resident_bytes == 0 ? "–" : size_in_words(worker.max_resident_bytes), pids);
    }
    out_ += "</tbody></table></div>";
    if (facts_.workers.size() > kWorkersInTable) {
      out_ += "<p class=\"quiet small\">and " +
              std::to_string(facts_.workers.size() - kWorkersInTable) + " more workers</p>";
    }
    out_ += "</section>\n";
  }

  [[nodiscard]] NamedTexts run_rows() const {
    NamedTexts rows = {{"function", facts_.function + " " + facts_.signature}};
    if (!facts_.plugin_name.empty()) {
      rows.emplace_back("plugin", facts_.plugin_name + " " + facts_.plugin_version);
      rows.emplace_back("file", facts_.plugin_path);
      rows.emplace_back("build-id", facts_.build_id.empty() ? "none" : facts_.build_id);
    }
    if (facts_.earlier_items > 0) {
      rows.emplace_back("earlier", items_text(facts_.earlier_items) + " by runs before (failed: " +
                                       grouped_text(facts_.earlier_failures) + ")");
    }
    rows.emplace_back("items in", size_in_words(facts_.input_bytes));
    rows.emplace_back("results out", size_in_words(facts_.output_bytes));
    rows.emplace_back("exit status", std::to_string(facts_.exit_status));
    return rows;
  }

  [[nodiscard]] NamedTexts event_rows() const {
    NamedTexts rows = {{"tasks", grouped_text(facts_.tasks)}};
    const auto count = [&rows](const char* name, std::uint64_t number) {
      if (number > 0) rows.emplace_back(name, grouped_text(number));
    };
    count("nodes lost", facts_.lost_nodes());
    count("blocks copied", facts_.others.copied_blocks);
    count("workers died", facts_.deaths);
    count("of these timed out", facts_.timeouts);
    count("attempts lost", facts_.lost_attempts);
    count("recycled", facts_.recycled);
    count("reforks", facts_.reforks);
    count("reforks that failed", facts_.failed_reforks);
    count("zygotes died", facts_.zygote_deaths);
    count("shortages", facts_.shortages);
    count("lost wake-ups", facts_.rescues);
    static constexpr std::array<const char*, kWaits> kNames = {
        "waited for input", "waited for results to be read", "waited for the reader",
        "waited for workers", "paused"};
    for (std::size_t wait = 0; wait < kWaits; ++wait) {
      if (facts_.stalls[wait].count == 0) continue;
      rows.emplace_back(kNames[wait], time_text(facts_.stalls[wait].time));
    }
    rows.emplace_back("CPU time, host", time_text(facts_.host_user) + " user, " +
                                            time_text(facts_.host_system) + " system");
    if (!facts_.is_serial) {
      rows.emplace_back("CPU time, workers", time_text(facts_.children_user) + " user, " +
                                                 time_text(facts_.children_system) + " system");
    }
    rows.emplace_back("peak memory, host", size_in_words(facts_.host_peak_bytes));
    return rows;
  }

  [[nodiscard]] static std::string facts_of(const NamedTexts& rows) {
    std::string html = "<dl class=\"facts\">";
    for (const auto& [name, value] : rows) {
      fmt::format_to(std::back_inserter(html), "<dt>{}</dt><dd>{}</dd>", html_text(name),
                     html_text(value));
    }
    return html + "</dl>";
  }

  const RunRecord& facts_;
  std::string out_;
};

}  // namespace

std::string report_page(const RunRecord& facts) { return Page(facts).html(); }

}  // namespace forkmap::host
