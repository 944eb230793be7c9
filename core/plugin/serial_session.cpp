// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/serial_session.hpp"

#include <algorithm>
#include <forward_list>

#include <forkmap/error.hpp>

#include "core/types/run_hook.hpp"

namespace forkmap::plugin {

namespace {

// plugin.h promises that the texts of parameters live as long as the process: a plugin may have
// kept them in a static variable, and plugins are never unloaded.
const types::Parameters& kept_for_ever(const std::map<std::string, std::string>& parameters) {
  static std::forward_list<types::Parameters> all;
  return all.emplace_front(parameters);
}

}  // namespace

void SerialSession::prepare(const RegistryTable& table,
                            const std::map<std::string, std::string>& parameters,
                            std::uint64_t seed) {
  environment_.parameters = &kept_for_ever(parameters);
  seed_ = seed;
  const auto run = [this](const PluginEntry& plugin, int (*hook)(forkmap_hook*), const char* kind) {
    if (const auto fault = types::run_hook(hook, environment_)) {
      throw Error(std::string(kind) + " of " + plugin.name + ": " + *fault);
    }
  };
  std::vector<const PluginEntry*> fresh;
  for (const PluginEntry& plugin : table.plugins()) {
    if (std::find(prepared_.begin(), prepared_.end(), &plugin) == prepared_.end()) {
      fresh.push_back(&plugin);
    }
  }
  // As in a pool: all preload hooks, then all start hooks.
  const types::FloatsKept kept_floats;
  const types::Floats before = floats();
  for (const PluginEntry* plugin : fresh) run(*plugin, plugin->descriptor->preload, "preload");
  before.item.enter();
  for (const PluginEntry* plugin : fresh) {
    run(*plugin, plugin->descriptor->start, "start");
    prepared_.push_back(plugin);
  }
  if (!before.own.is_current()) item_floats_ = types::Floats::Environment::current();
}

void SerialSession::adopt(const RegistryTable& table, const types::RunEnvironment& environment,
                          std::uint64_t seed) {
  environment_ = environment;
  seed_ = seed;
  prepared_.clear();
  for (const PluginEntry& plugin : table.plugins()) prepared_.push_back(&plugin);
}

void SerialSession::stop() {
  std::string first_fault;
  const types::FloatsKept kept_floats;
  while (!prepared_.empty()) {
    const PluginEntry& plugin = *prepared_.back();
    prepared_.pop_back();
    const auto fault = types::run_hook(plugin.descriptor->stop, environment_);
    if (fault && first_fault.empty()) first_fault = "stop of " + plugin.name + ": " + *fault;
  }
  if (!first_fault.empty()) throw Error(first_fault);
}

void SerialSession::require_prepared(const FunctionEntry& function) const {
  if (function.plugin == nullptr || !function.plugin->has_hooks()) return;
  if (std::find(prepared_.begin(), prepared_.end(), function.plugin) != prepared_.end()) return;
  throw NotPrepared(
      "plugin " + function.plugin->name + " has hooks that have not run in this process: call " +
      "Registry::prepare_serial() before " + function.full_name + " is called serially");
}

}  // namespace forkmap::plugin
