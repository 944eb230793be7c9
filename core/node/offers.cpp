// SPDX-License-Identifier: Apache-2.0
#include "core/node/offers.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "core/types/signature.hpp"

namespace forkmap::node {

namespace {

OfferedFunction offer_of(const plugin::FunctionEntry& function) {
  return {function.full_name, types::to_text(function.signature), function.once,
          function.vectorized};
}

std::string name_of(const OfferedFunction& function) {
  return function.full_name + " " + function.signature;
}

std::string build_of(const std::string& build_id) {
  return build_id.empty() ? "no build-id" : "build-id " + build_id;
}

std::string difference(const OfferedPlugin& there, const plugin::PluginEntry& here) {
  const std::string begin = "plugin " + here.name + ": " + there.path + " has ";
  if (there.version != here.version) {
    return begin + "version " + there.version + " there, " + here.version + " here";
  }
  if (there.build_id == here.identity.build_id && !there.build_id.empty()) return {};
  if (there.build_id == here.identity.build_id && there.size_bytes == here.identity.size_bytes) {
    return {};
  }
  return begin + build_of(there.build_id) + " there, " + build_of(here.identity.build_id) +
         " here (" + std::to_string(there.size_bytes) + " bytes there, " +
         std::to_string(here.identity.size_bytes) + " here)";
}

// "16384 bytes, hash 0123" without the path in front of it.
std::string_view content_in(std::string_view fact) {
  const std::size_t bytes = fact.rfind(" bytes, hash ");
  if (bytes == std::string_view::npos) return fact;
  const std::size_t comma = fact.rfind(", ", bytes);
  return comma == std::string_view::npos ? fact : fact.substr(comma + 2);
}

}  // namespace

Hello hello_of(const plugin::RegistryTable& table, const PoolOptions& options, std::string host,
               int workers) {
  Hello hello{.host = std::move(host),
              .processors = static_cast<std::uint32_t>(default_workers()),
              .workers = static_cast<std::uint32_t>(workers),
              .generation = table.generation(),
              .seed = options.seed,
              .parameters = options.parameters,
              .facts = {},
              .plugins = {},
              .functions = {}};
  for (const plugin::PluginEntry& plugin : table.plugins()) {
    hello.plugins.push_back({plugin.name, plugin.version, plugin.path, plugin.identity.build_id,
                             plugin.identity.size_bytes});
  }
  for (const plugin::FunctionEntry& function : table.functions()) {
    hello.functions.push_back(offer_of(function));
  }
  return hello;
}

std::vector<std::string> differences(const Hello& there, const plugin::RegistryTable& here,
                                     const PoolOptions& options) {
  std::vector<std::string> found;
  if (there.seed != options.seed) {
    found.push_back("the seed is " + std::to_string(there.seed) + " there, " +
                    std::to_string(options.seed) + " here");
  }
  // Values may be secrets: they are not told.
  for (const auto& [name, value] : options.parameters) {
    const auto same = there.parameters.find(name);
    if (same == there.parameters.end()) {
      found.push_back("parameter " + name + " is missing there");
    } else if (same->second != value) {
      found.push_back("parameter " + name + " has another value there");
    }
  }
  for (const auto& [name, value] : there.parameters) {
    if (!options.parameters.contains(name))
      found.push_back("parameter " + name + " is missing here");
  }
  for (const plugin::PluginEntry& plugin : here.plugins()) {
    const auto same = std::ranges::find(there.plugins, plugin.name, &OfferedPlugin::name);
    if (same == there.plugins.end()) {
      found.push_back("plugin " + plugin.name + " is not loaded there");
      continue;
    }
    if (std::string text = difference(*same, plugin); !text.empty()) {
      found.push_back(std::move(text));
    }
  }
  for (const plugin::FunctionEntry& function : here.functions()) {
    const OfferedFunction wanted = offer_of(function);
    const auto same =
        std::ranges::find(there.functions, wanted.full_name, &OfferedFunction::full_name);
    if (same == there.functions.end()) {
      found.push_back("function " + name_of(wanted) + " is missing there");
    } else if (same->signature != wanted.signature) {
      found.push_back("function " + name_of(wanted) + " is " + same->signature + " there");
    } else if (*same != wanted) {
      found.push_back("function " + name_of(wanted) + " has other marks there (once, vectorized)");
    }
  }
  return found;
}

std::vector<std::string> differences(const CodeFacts::Facts& there, const CodeFacts::Facts& here) {
  std::vector<std::string> found;
  const auto add = [&found](std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    found.push_back(std::move(text));
  };
  for (const auto& [name, text] : here) {
    const auto same = there.find(name);
    if (same == there.end()) {
      add({name, " is missing there"});
    } else if (content_in(same->second) != content_in(text)) {
      add({name, ": ", same->second, " there, ", text, " here"});
    }
  }
  for (const auto& [name, text] : there) {
    if (!here.contains(name)) add({name, " is there only: ", text});
  }
  return found;
}

}  // namespace forkmap::node
