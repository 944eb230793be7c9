// SPDX-License-Identifier: Apache-2.0
#include "host/report/option_rows.hpp"

#include "host/cli/option_values.hpp"

namespace forkmap::host {

namespace {

class Rows {
 public:
  void add(const char* name, std::string value) { rows_.emplace_back(name, std::move(value)); }
  void add_if(const char* name, const std::string& value) {
    if (!value.empty()) add(name, value);
  }
  void flag(const char* name, bool is_set) {
    if (is_set) add(name, "yes");
  }
  void number(const char* name, std::uint64_t value) {
    if (value != 0) add(name, std::to_string(value));
  }
  [[nodiscard]] NamedTexts take() { return std::move(rows_); }

 private:
  NamedTexts rows_;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string items_of(const RunOptions& options) {
  if (!options.journal.retry_failures.empty()) return {};
  if (options.is_sweep) {
    std::string text;
    for (const std::string& word : options.items) text += (text.empty() ? "" : " ") + word;
    return text;
  }
  if (options.items_from_arguments) {
    return std::to_string(options.items.size()) + " from the command line";
  }
  return options.input.empty() || options.input == "-" ? "standard input" : options.input;
}

}  // namespace

NamedTexts option_rows(const RunOptions& options) {
  Rows rows;
  rows.add_if("--plugin", joined(options.plugins));
  rows.add_if("--late-plugin", joined(options.late_plugins));
  if (!options.late_plugins.empty()) {
    rows.add("--on-stale", options.on_stale == OnStale::refork ? "refork" : "fail");
  }
  rows.add_if(options.items_from_arguments ? "items" : "--input", items_of(options));
  rows.add_if("--retry-failures", options.journal.retry_failures);
  if (options.sharding.shard.count > 1) {
    rows.add("--shard", std::to_string(options.sharding.shard.index) + "/" +
                            std::to_string(options.sharding.shard.count));
  }
  if (options.first_item != 1) rows.number("--first-item", options.first_item);
  rows.flag("--null", options.nul);
  if (options.delimiter != '\t') rows.add("--delimiter", delimiter_text(options.delimiter));
  rows.flag("--serial", options.serial);
  if (options.threads > 0) rows.add("--threads", std::to_string(options.threads));
  if (!options.serial) {
    const int workers = options.workers > 0 ? options.workers : default_workers();
    rows.add("--workers", std::to_string(workers));
    rows.add("--chunk", options.chunk == 0 ? "auto" : std::to_string(options.chunk));
    rows.add("--retries", std::to_string(options.once ? 0 : options.retries));
    rows.flag("--once", options.once);
    rows.number("--recycle", options.recycle);
    rows.number("--window-bytes", options.window_bytes);
    if (const std::string limits = options.limits.text(); limits != "none") {
      rows.add("limits", limits);
    }
  }
  for (const auto& [key, value] : options.parameters) {
    rows.add("--param", std::string(key).append("=").append(value));
  }
  if (options.seed_given) rows.add("--seed", std::to_string(options.seed));
  if (options.reduction != Reduction::none) {
    rows.add("--reduce", std::string(name_of(options.reduction)));
  } else {
    rows.add("order", options.ordered ? "--ordered" : "--unordered");
  }
  if (options.format == Format::jsonl) rows.add("--format", "jsonl");
  rows.flag("--tag", options.tag);
  if (options.fill) rows.add("--fill", *options.fill);
  rows.add_if("--output", options.journal.output);
  rows.flag("--resume", options.journal.resume);
  rows.add_if("--failures", options.failures);
  rows.add_if("--joblog", options.journal.job_log);
  rows.add_if("--crash-dir", options.crashes.folder);
  rows.flag("--core", options.crashes.core_files);
  rows.add_if("--trace", options.seeing.trace);
  rows.flag("--load-in-place", options.load_in_place);
  rows.add_if("--bind", options.binding.bind_text());
  rows.add_if("--global", joined(options.binding.global));
  return rows.take();
}

}  // namespace forkmap::host
