// SPDX-License-Identifier: Apache-2.0
//
// What makes functions of plugins with hooks callable in this process: which plugins have had their
// preload and start hooks run here, and with which parameters.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/types/chunk_services.hpp"

namespace forkmap::plugin {

class SerialSession {
 public:
  // Runs preload and start of each plugin of the table that was not prepared yet. Throws Error,
  // "preload of stats: ...", with the hook's text.
  void prepare(const RegistryTable& table, const std::map<std::string, std::string>& parameters,
               std::uint64_t seed);
  // Says that all plugins of the table are prepared: in a worker, where the pool has run the hooks.
  // `environment` must live as long as the process.
  void adopt(const RegistryTable& table, const types::RunEnvironment& environment,
             std::uint64_t seed);
  // Runs the stop hooks of all prepared plugins, last prepared first; they are then not prepared.
  // Throws Error with the text of the first that failed, after all have run.
  void stop();

  // Throws NotPrepared if the function's plugin has hooks that have not run.
  void require_prepared(const FunctionEntry& function) const;

  [[nodiscard]] const types::RunEnvironment& environment() const noexcept { return environment_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  // For a run that begins now.
  [[nodiscard]] types::Floats floats() const noexcept {
    types::Floats floats;
    if (item_floats_) floats.item = *item_floats_;
    return floats;
  }

 private:
  types::RunEnvironment environment_;
  std::uint64_t seed_ = 0;
  std::optional<types::Floats::Environment> item_floats_;  // that start hooks have left, if another
  std::vector<const PluginEntry*> prepared_;
};

}  // namespace forkmap::plugin
