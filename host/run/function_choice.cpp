// SPDX-License-Identifier: Apache-2.0
#include "host/run/function_choice.hpp"

#include <algorithm>
#include <filesystem>

#include "core/plugin/plugin_search.hpp"
#include "host/cli/usage_error.hpp"
#include "host/journal/code_facts.hpp"
#include "host/source/expression.hpp"

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
  if (text == kExpressionWord) return {text, kExpressionFunction};
  if (const auto source = source_word(text)) {
    return {source->file, function_name_of(source->function)};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return is_path(text) ? FunctionReference{text, ""} : FunctionReference{"", text};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

FunctionChoice::FunctionChoice(Registry& registry, const RunOptions& options,
                               Diagnostics& diagnostics)
    : registry_(registry),
      options_(options),
      files_before_(loaded_files()),
      reference_(parse_function(options.function)),
      diagnostics_(diagnostics) {}

PluginInfo FunctionChoice::load_one(const std::string& name_or_path) {
  const auto file = files_.find(name_or_path);
  PluginInfo info = registry_.load(
      file == files_.end() ? name_or_path : file->second,
      options_.binding.load_options(options_.load_in_place || options_.serial, !options_.serial));
  for (const std::string& warning : info.warnings) diagnostics_.say(info.name + ": " + warning);
  if (!reference_.plugin.empty() && is_same_plugin(name_or_path, reference_.plugin)) {
    plugin_name_ = info.name;
  }
  loaded_[name_or_path] = info.name;
  return info;
}

bool FunctionChoice::is_late(const std::string& plugin) const {
  return std::ranges::any_of(options_.late_plugins, [&plugin](const std::string& late) {
    return is_same_plugin(late, plugin);
  });
}

// "arith", where no plugin has been named in any other way.
bool FunctionChoice::names_plugin_alone() const {
  if (!reference_.plugin.empty() || !options_.plugins.empty() || has_late_plugins()) return false;
  return files_.contains(reference_.function) ||
         std::ranges::count(plugin::installed_plugins(), reference_.function) > 0;
}

std::vector<std::string> FunctionChoice::words() const {
  std::vector<std::string> words = options_.plugins;
  words.insert(words.end(), options_.late_plugins.begin(), options_.late_plugins.end());
  const bool may_be_alone = reference_.plugin.empty() && words.empty();
  words.push_back(may_be_alone ? reference_.function : reference_.plugin);
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  std::erase(words, std::string());
  return words;
}

std::vector<NamedPlugin> FunctionChoice::named_plugins() const {
  std::vector<NamedPlugin> named;
  for (const auto& [word, name] : loaded_) {
    const auto& all = registry_.table().plugins();
    const auto entry = std::ranges::find(all, name, &plugin::PluginEntry::name);
    if (entry != all.end()) named.push_back({word, entry->path, entry->image, entry->in_place});
  }
  for (const std::string& word : options_.late_plugins) {
    const std::string path = plugin::find_plugin(word);
    named.push_back({word, path, path});
  }
  return named;
}

void FunctionChoice::take_built(const std::string& word, SourcePlugin&& plugin) {
  if (!plugin.warnings().empty()) diagnostics_.say(word + ":" + plugin.warnings());
  files_[word] = plugin.path();
  built_.push_back(std::move(plugin));
}

void FunctionChoice::build_sources() {
  const auto build = [this](const std::string& word) {
    const auto source = source_word(word);
    if (!source || files_.contains(source->file)) return;
    take_built(source->file, SourcePlugin(*source, options_.build));
  };
  for (const std::string& plugin : options_.plugins) build(plugin);
  for (const std::string& plugin : options_.late_plugins) build(plugin);
  if (options_.expression.empty()) {
    build(options_.function);
  } else if (!files_.contains(kExpressionWord)) {
    take_built(kExpressionWord, SourcePlugin(options_.expression, options_.build));
  }
}

void FunctionChoice::load() {
  if (names_plugin_alone()) reference_ = {reference_.function, ""};
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

const plugin::FunctionEntry& FunctionChoice::only_function() const {
  const std::string& plugin = plugin_name_.empty() ? reference_.plugin : plugin_name_;
  const plugin::FunctionEntry* found = nullptr;
  int count = 0;
  std::string names;
  for (const plugin::FunctionEntry& function : registry_.table().functions()) {
    if (function.plugin == nullptr || function.plugin->name != plugin) continue;
    found = &function;
    names += (count++ == 0 ? "" : ", ") + reference_.plugin + ":" + function.name;
  }
  if (count == 1) return *found;
  throw UsageError("no function of plugin " + reference_.plugin + " was named; " +
                   (count == 0 ? "it has none" : "there are " + names));
}

const plugin::FunctionEntry& FunctionChoice::resolve() const {
  if (reference_.function.empty()) return only_function();
  const std::string& plugin = plugin_name_.empty() ? reference_.plugin : plugin_name_;
  return registry_.table().resolve(plugin.empty() ? reference_.function
                                                  : plugin + ":" + reference_.function);
}

}  // namespace forkmap::host
