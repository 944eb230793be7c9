// SPDX-License-Identifier: Apache-2.0
#include "host/function_choice.hpp"

#include <algorithm>
#include <filesystem>

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

bool is_path(const std::string& plugin) {
  return plugin.find('/') != std::string::npos || plugin.ends_with(".so");
}

// Whether two ways of writing mean one plugin, as far as that can be said without loading it.
bool is_same_plugin(const std::string& left, const std::string& right) {
  if (left == right) return true;
  std::error_code error;
  if (is_path(left) && is_path(right)) return fs::equivalent(left, right, error) && !error;
  const auto stem = [](const std::string& plugin) { return fs::path(plugin).stem().string(); };
  return stem(left) == stem(right);
}

}  // namespace

FunctionReference parse_function(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {"", text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

FunctionChoice::FunctionChoice(Registry& registry, const RunOptions& options,
                               Diagnostics& diagnostics)
    : registry_(registry),
      options_(options),
      reference_(parse_function(options.function)),
      diagnostics_(diagnostics) {}

PluginInfo FunctionChoice::load_one(const std::string& name_or_path) {
  PluginInfo info = registry_.load(
      name_or_path,
      options_.binding.load_options(options_.load_in_place || options_.serial, !options_.serial));
  for (const std::string& warning : info.warnings) diagnostics_.say(info.name + ": " + warning);
  if (!reference_.plugin.empty() && is_same_plugin(name_or_path, reference_.plugin)) {
    plugin_name_ = info.name;
  }
  return info;
}

bool FunctionChoice::is_late(const std::string& plugin) const {
  return std::ranges::any_of(options_.late_plugins, [&plugin](const std::string& late) {
    return is_same_plugin(late, plugin);
  });
}

void FunctionChoice::load() {
  for (const std::string& plugin : options_.plugins) load_one(plugin);
  load_named();
  if (!has_late_plugins()) check_global_libraries(options_.binding);
}

void FunctionChoice::load_named() {
  if (reference_.plugin.empty() || !plugin_name_.empty() || is_late(reference_.plugin)) return;
  const auto& loaded = registry_.table().plugins();
  const bool is_there = std::ranges::any_of(
      loaded, [this](const plugin::PluginEntry& entry) { return entry.name == reference_.plugin; });
  if (!is_there) load_one(reference_.plugin);
}

void FunctionChoice::load_late() {
  for (const std::string& plugin : options_.late_plugins) load_one(plugin);
  check_global_libraries(options_.binding);
}

const plugin::FunctionEntry& FunctionChoice::resolve() const {
  const std::string& plugin = plugin_name_.empty() ? reference_.plugin : plugin_name_;
  return registry_.table().resolve(plugin.empty() ? reference_.function
                                                  : plugin + ":" + reference_.function);
}

}  // namespace forkmap::host
