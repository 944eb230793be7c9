// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/registry_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <forkmap/error.hpp>

#include "core/plugin/descriptor.hpp"
#include "core/plugin/near_names.hpp"

namespace forkmap::plugin {

namespace {

struct HostFunctionTexts {
  std::string name;
  std::string doc;
  std::string signature;
};

[[noreturn]] void throw_unknown(std::string_view name, const std::deque<FunctionEntry>& functions,
                                const std::deque<PluginEntry>& plugins) {
  std::string text = "unknown function " + std::string(name) + ": ";
  std::vector<std::string> near;
  const auto colon = name.find(':');
  const bool plugin_missing =
      colon != std::string_view::npos &&
      std::none_of(plugins.begin(), plugins.end(),
                   [&](const PluginEntry& plugin) { return plugin.name == name.substr(0, colon); });
  if (functions.empty()) {
    text += "no plugin is loaded";
  } else {
    std::vector<std::string> names;
    names.reserve(functions.size());
    for (const FunctionEntry& function : functions) names.push_back(function.full_name);
    near = near_names(name, names);
    if (plugin_missing) text += "no plugin " + std::string(name.substr(0, colon)) + " is loaded; ";
    if (!near.empty()) {
      text += "did you mean " + joined(near) + "?";
    } else if (names.size() <= 12) {
      text += "the functions are " + joined(names);
    } else {
      text += "none of the " + std::to_string(names.size()) + " functions has such a name";
    }
  }
  throw UnknownFunction(text, std::move(near));
}

}  // namespace

LoadError name_taken(const std::string& path, const PluginEntry& holder) {
  return {path, "registry",
          "a plugin named " + holder.name + " is loaded already, from " + holder.path +
              "; a registry holds one plugin of a name"};
}

const FunctionEntry* RegistryTable::find(std::uint32_t number) const noexcept {
  return number < functions_.size() ? &functions_[number] : nullptr;
}

const FunctionEntry& RegistryTable::resolve(std::string_view name) const {
  // A full name always names its function, also where another plugin has a function of that name.
  std::vector<const FunctionEntry*> candidates;
  for (const FunctionEntry& function : functions_) {
    if (function.full_name == name) return function;
    if (function.name == name) candidates.push_back(&function);
  }
  if (candidates.size() == 1) return *candidates.front();
  if (candidates.empty()) throw_unknown(name, functions_, plugins_);
  std::vector<std::string> names;
  names.reserve(candidates.size());
  for (const FunctionEntry* candidate : candidates) names.push_back(candidate->full_name);
  throw AmbiguousFunction("function " + std::string(name) + " is ambiguous: it may be " +
                              joined(names) + "; write the full name",
                          names);
}

const PluginEntry& RegistryTable::add_plugin(PluginEntry plugin) {
  for (const PluginEntry& other : plugins_) {
    if (other.name == plugin.name) throw name_taken(plugin.path, other);
  }
  std::vector<CheckedFunction> checked;
  try {
    checked = check_descriptor(plugin.descriptor);
  } catch (const std::invalid_argument& fault) {
    throw LoadError(plugin.path, "descriptor", fault.what());
  }
  plugin.generation = generation_ + 1;
  const PluginEntry& entry = plugins_.emplace_back(std::move(plugin));
  for (CheckedFunction& function : checked) {
    const std::string full_name = entry.name + ":" + function.record->name;
    functions_.push_back({.number = static_cast<std::uint32_t>(functions_.size()),
                          .name = function.record->name,
                          .full_name = full_name,
                          .doc = function.record->doc == nullptr ? "" : function.record->doc,
                          .signature = std::move(function.signature),
                          .generation = entry.generation,
                          .once = (function.record->flags & FORKMAP_ONCE) != 0,
                          .vectorized = function.record->run_vector != nullptr,
                          .record = function.record,
                          .plugin = &entry});
  }
  generation_ = entry.generation;
  return entry;
}

const FunctionEntry& RegistryTable::add_function(std::string name, std::string doc,
                                                 types::Signature signature,
                                                 forkmap_function record,
                                                 std::shared_ptr<void> owner) {
  if (const std::string fault = name_fault(name); !fault.empty()) {
    throw InvalidOption("cannot add function \"" + name + "\": its name " + fault);
  }
  for (const FunctionEntry& function : functions_) {
    if (function.full_name == name) {
      throw InvalidOption("cannot add function " + name + ": the name is taken");
    }
  }
  auto texts =
      std::make_shared<HostFunctionTexts>(HostFunctionTexts{name, doc, types::to_text(signature)});
  record.size_bytes = sizeof(forkmap_function);
  record.name = texts->name.c_str();
  record.doc = texts->doc.c_str();
  record.signature = texts->signature.c_str();
  owners_.push_back(std::move(owner));
  owners_.push_back(std::move(texts));
  const forkmap_function& kept = records_.emplace_back(record);
  generation_ += 1;
  return functions_.emplace_back(
      FunctionEntry{.number = static_cast<std::uint32_t>(functions_.size()),
                    .name = name,
                    .full_name = std::move(name),
                    .doc = std::move(doc),
                    .signature = std::move(signature),
                    .generation = generation_,
                    .once = (record.flags & FORKMAP_ONCE) != 0,
                    .vectorized = record.run_vector != nullptr,
                    .record = &kept,
                    .plugin = nullptr});
}

}  // namespace forkmap::plugin
