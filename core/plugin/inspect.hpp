// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a plugin's file without loading it into this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <forkmap/registry.hpp>

#include "core/plugin/probe.hpp"

namespace forkmap::plugin {

struct PluginReport {
  std::string path;  // absolute, or as asked for where no file was found
  // Of a refused file, as LoadError has them; both empty for a plugin that would be loaded.
  std::string refused_step;
  std::string refused_reason;

  std::string name;
  std::string version;
  std::optional<std::uint32_t> abi;  // the highest that it offers; nothing if its symbols name none
  std::string build_id;              // hex; empty if there is none
  std::vector<ProbedFunction> functions;
  bool has_hooks = false;
  bool in_place = false;        // how it would be loaded: from the file, or a private copy of it
  std::string in_place_reason;  // why, where it was not asked for
  std::vector<std::string> needed;  // libraries that it is linked with
  std::vector<std::string> warnings;

  [[nodiscard]] bool refused() const noexcept { return !refused_step.empty(); }
};

// Looks at it as Registry::load would, up to the probe. Throws SystemError where the system refuses
// a process or a descriptor; never LoadError.
[[nodiscard]] PluginReport inspect(const std::string& name_or_path,
                                   const LoadOptions& options = {});

}  // namespace forkmap::plugin
