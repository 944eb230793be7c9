// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/inspect.hpp"

#include <fcntl.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/plugin/file_identity.hpp"
#include "core/plugin/opened_plugin.hpp"
#include "core/plugin/plugin_search.hpp"

namespace forkmap::plugin {

namespace {

// What the file says about itself, also where it will be refused.
void add_facts(PluginReport& report) {
  const base::UniqueFd file(::open(report.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return;
  const FileIdentity identity = identity_of(file.get());
  report.build_id = identity.build_id;
  try {
    ElfFacts facts = read_elf_facts(file.get(), identity.size_bytes);
    report.needed = std::move(facts.needed);
    const auto& versions = facts.abi_versions;
    if (std::find(versions.begin(), versions.end(), FORKMAP_ABI_VERSION) != versions.end()) {
      report.abi = FORKMAP_ABI_VERSION;
    } else if (!versions.empty()) {
      report.abi = *std::max_element(versions.begin(), versions.end());
    }
  } catch (const std::invalid_argument&) {
    // open_plugin() gives the reason.
  }
}

void add_probe(PluginReport& report, const LoadOptions& options) {
  OpenedPlugin opened = open_plugin(report.path, options.in_place);
  opened.bind = options.bind;
  opened.global = options.global;
  report.in_place = opened.in_place;
  report.in_place_reason = opened.in_place_reason;
  report.warnings = opened.warnings();
  ProbeEnd end;
  ProbeReport probed = probe(opened, std::chrono::milliseconds(options.probe_timeout_ms), end);
  report.name = std::move(probed.name);
  report.version = std::move(probed.version);
  report.functions = std::move(probed.functions);
  report.has_hooks = probed.has_hooks;
  report.warnings.insert(report.warnings.end(), probed.warnings.begin(), probed.warnings.end());
}

}  // namespace

PluginReport inspect(const std::string& name_or_path, const LoadOptions& options) {
  PluginReport report;
  report.path = name_or_path;
  try {
    report.path = absolute_path(find_plugin(name_or_path));
    add_facts(report);
    add_probe(report, options);
  } catch (const LoadError& error) {
    report.refused_step = error.step();
    report.refused_reason = error.reason();
  }
  return report;
}

}  // namespace forkmap::plugin
