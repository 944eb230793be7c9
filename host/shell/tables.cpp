// SPDX-License-Identifier: Apache-2.0
#include "host/shell/tables.hpp"

#include <vector>

#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string name_of(const WorkerInfo& worker) { return "w" + std::to_string(worker.number); }

std::string state_of(const WorkerInfo& worker) {
  std::string state(to_string(worker.state));
  if (worker.state == WorkerState::running && !worker.function.empty()) {
    state += " " + worker.function;
    if (worker.item) state += " on item " + std::to_string(*worker.item + 1);
  }
  return state;
}

}  // namespace

std::string workers_table(const ShellPool& pool) {
  Rows rows = {{"worker", "pid", "generation", "items done", "respawns", "state"}};
  for (const WorkerInfo& worker : pool.engine->workers()) {
    rows.push_back({name_of(worker), std::to_string(worker.pid), std::to_string(worker.generation),
                    std::to_string(worker.items_done), std::to_string(worker.respawns),
                    state_of(worker)});
  }
  return aligned(rows, {1, 2, 3, 4});
}

std::string lanes_table(const ShellPool& pool) {
  Rows rows = {{"lane", "ready", "running", "tasks done", "items taken", "window bytes"}};
  for (const WorkerInfo& worker : pool.engine->workers()) {
    rows.push_back({name_of(worker), std::to_string(worker.cells_ready),
                    std::to_string(worker.cells_running), std::to_string(worker.tasks_done),
                    std::to_string(worker.items_done_in_all), std::to_string(worker.window_bytes)});
  }
  return aligned(rows, {1, 2, 3, 4, 5});
}

std::string registry_table(const Registry& registry) {
  Rows plugins = {{"plugin", "version", "generation", "file"}};
  for (const PluginInfo& plugin : registry.plugins()) {
    plugins.push_back({plugin.name, plugin.version, std::to_string(plugin.generation),
                       plugin.path + (plugin.in_place ? " (loaded in place)" : "")});
  }
  Rows functions = {{"function", "signature", "generation", "what it does"}};
  for (const FunctionInfo& function : registry.functions()) {
    functions.push_back({function.full_name, function.signature,
                         std::to_string(function.generation),
                         function.doc + (function.once ? " (once)" : "") +
                             (function.vectorized ? " (vectorized)" : "")});
  }
  std::string text = "generation " + std::to_string(registry.generation()) + "\n";
  if (plugins.size() > 1) text += aligned(plugins, {2});
  if (functions.size() > 1) text += aligned(functions, {2});
  return text;
}

std::string changed_files(const Registry& registry, Generation generation) {
  std::string text;
  for (const PluginInfo& plugin : registry.plugins()) {
    if (plugin.generation > generation || plugin.changed.empty()) continue;
    text += "changed on disk since it was loaded: " + plugin.changed +
            "; what was loaded is in use, and only a new process loads the file anew\n";
  }
  return text;
}

}  // namespace forkmap::host
