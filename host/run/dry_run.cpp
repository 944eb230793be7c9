// SPDX-License-Identifier: Apache-2.0
#include "host/run/dry_run.hpp"

#include <vector>

#include "host/input/sweep.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string items_text(const RunOptions& options, const plugin::FunctionEntry* function) {
  std::string text;
  if (!options.journal.retry_failures.empty()) {
    text = "those of " + options.journal.retry_failures;
  } else if (options.is_sweep) {
    text = std::to_string(Sweep(options.items).size()) + " of a sweep";
  } else if (options.items_from_arguments) {
    const std::size_t arity = function == nullptr ? 1 : function->signature.arguments.size();
    text = std::to_string(options.items.size() / arity) + " from the command line";
  } else {
    const bool standard = options.input.empty() || options.input == "-";
    text = std::string(options.nul ? "NUL-separated" : "lines") + " of " +
           (standard ? "standard input" : options.input);
  }
  if (options.sharding.shard.count > 1) {
    text += "; of these " + std::to_string(options.sharding.shard.index) + ", " +
            std::to_string(options.sharding.shard.index + options.sharding.shard.count) + ", ...";
  }
  return text;
}

std::string results_text(const RunOptions& options) {
  if (options.reduction != Reduction::none) return std::string(name_of(options.reduction));
  std::string text = options.format == Format::jsonl ? "JSON lines" : "lines";
  text += options.ordered ? ", in the order of the items" : ", as they come";
  if (options.tag) text += ", with their items";
  return text;
}

}  // namespace

std::string describe_run(const RunOptions& options, const plugin::RegistryTable& table,
                         const plugin::FunctionEntry* function) {
  Rows rows;
  if (function != nullptr) {
    rows.push_back({"function", function->full_name + " " + types::to_text(function->signature)});
  } else {
    rows.push_back(
        {"function", options.function + ", looked up after the late plugins are loaded"});
  }
  for (const plugin::PluginEntry& plugin : table.plugins()) {
    rows.push_back({"plugin", plugin.name + " " + plugin.version + ", " + plugin.path +
                                  (plugin.in_place ? ", loaded in place" : "")});
  }
  for (const std::string& plugin : options.late_plugins) {
    rows.push_back({"plugin", plugin + ", to be loaded after the workers were forked"});
  }
  rows.push_back({"items", items_text(options, function)});
  const int workers = options.workers > 0 ? options.workers : default_workers();
  rows.push_back({"workers", options.serial ? "none: everything runs in this process"
                                            : std::to_string(workers)});
  rows.push_back({"chunk", options.chunk == 0 ? "automatic" : std::to_string(options.chunk)});
  rows.push_back({"retries", options.once ? "none (--once)" : std::to_string(options.retries)});
  rows.push_back({"limits", options.limits.text()});
  rows.push_back({"results", results_text(options)});
  return aligned(rows);
}

}  // namespace forkmap::host
