// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <forkmap/registry.hpp>
#include <utility>

#include "core/plugin/file_identity.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/opened_plugin.hpp"
#include "core/plugin/plugin_search.hpp"
#include "core/plugin/probe.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/plugin/serial_session.hpp"

namespace forkmap {

namespace {

FunctionInfo info_of(const plugin::FunctionEntry& function) {
  return {.name = function.name,
          .full_name = function.full_name,
          .signature = types::to_text(function.signature),
          .doc = function.doc,
          .plugin = function.plugin == nullptr ? std::string() : function.plugin->name,
          .generation = function.generation,
          .once = function.once,
          .vectorized = function.vectorized};
}

PluginInfo info_of(const plugin::RegistryTable& table, const plugin::PluginEntry& entry) {
  PluginInfo info{.name = entry.name,
                  .version = entry.version,
                  .path = entry.path,
                  .build_id = entry.identity.build_id,
                  .in_place = entry.in_place,
                  .generation = entry.generation,
                  .functions = {},
                  .changed = plugin::changed_text(entry),
                  .warnings = entry.warnings};
  for (const plugin::FunctionEntry& function : table.functions()) {
    if (function.plugin == &entry) info.functions.push_back(info_of(function));
  }
  return info;
}

// The entry that was loaded from this very file; null if there is none. A file that has changed
// since is refused, since whoever loads it expects the new code.
const plugin::PluginEntry* loaded_from(const plugin::RegistryTable& table,
                                       const plugin::OpenedPlugin& opened) {
  for (const plugin::PluginEntry& entry : table.plugins()) {
    if (entry.identity == opened.identity) return &entry;
    if (entry.path != opened.path) continue;
    throw LoadError(opened.path, "registry",
                    "it is loaded already, since generation " + std::to_string(entry.generation) +
                        ", and the file has changed since (" + plugin::changed_text(entry) +
                        "); a registry does not reload: load it into a new Registry, or start the "
                        "program again");
  }
  return nullptr;
}

void check_name_is_free(const plugin::RegistryTable& table, const std::string& path,
                        const std::string& name) {
  for (const plugin::PluginEntry& entry : table.plugins()) {
    if (entry.name == name) throw plugin::name_taken(path, entry);
  }
}

}  // namespace

struct Registry::Impl {
  plugin::RegistryTable table;
  plugin::SerialSession serial;
};

Registry::Registry() : impl_(std::make_shared<Impl>()) {}
Registry::~Registry() { impl_->table.note_registry_gone(); }

PluginInfo Registry::load(const std::string& name_or_path, const LoadOptions& options) {
  plugin::OpenedPlugin opened =
      plugin::open_plugin(plugin::find_plugin(name_or_path), options.in_place);
  opened.bind = options.bind;
  opened.global = options.global;
  if (const plugin::PluginEntry* const entry = loaded_from(impl_->table, opened)) {
    return info_of(impl_->table, *entry);
  }
  plugin::ProbeEnd probe_end;  // while the plugin is loaded
  if (options.probe) {
    const plugin::ProbeReport report =
        plugin::probe(opened, std::chrono::milliseconds(options.probe_timeout_ms), probe_end);
    // Asked before the plugin gets into this process, which it never leaves.
    check_name_is_free(impl_->table, opened.path, report.name);
  }
  return info_of(impl_->table, impl_->table.add_plugin(plugin::load_image(std::move(opened))));
}

FunctionHandle Registry::add_host_function(HostFunction function) {
  forkmap_function record{};
  record.run = function.run;
  record.run_vector = function.run_vector;
  record.context = function.callable.get();
  const plugin::FunctionEntry& entry = impl_->table.add_function(
      std::move(function.name), std::move(function.doc), types::parse_signature(function.signature),
      record, std::move(function.callable));
  return {*this, entry};
}

FunctionHandle Registry::function(std::string_view name) const {
  return {*this, impl_->table.resolve(name)};
}

FunctionHandle Registry::function_with(std::string_view name, std::string_view signature) const {
  const FunctionHandle handle = function(name);
  if (const std::string text = handle.signature(); text != signature) {
    throw SignatureMismatch("function " + std::string(handle.full_name()) + " is " + text +
                            ", asked for as " + std::string(signature));
  }
  return handle;
}

Generation Registry::generation() const noexcept { return impl_->table.generation(); }

std::vector<PluginInfo> Registry::plugins() const {
  std::vector<PluginInfo> infos;
  for (const plugin::PluginEntry& entry : impl_->table.plugins()) {
    infos.push_back(info_of(impl_->table, entry));
  }
  return infos;
}

std::vector<FunctionInfo> Registry::functions() const {
  std::vector<FunctionInfo> infos;
  for (const plugin::FunctionEntry& function : impl_->table.functions()) {
    infos.push_back(info_of(function));
  }
  return infos;
}

void Registry::prepare_serial(const std::map<std::string, std::string>& parameters,
                              std::uint64_t seed) {
  impl_->serial.prepare(impl_->table, parameters, seed);
}

const plugin::RegistryTable& Registry::table() const noexcept { return impl_->table; }

std::shared_ptr<const plugin::RegistryTable> Registry::shared_table() const noexcept {
  return {impl_, &impl_->table};
}

plugin::SerialSession& Registry::serial_session() const noexcept { return impl_->serial; }

}  // namespace forkmap
