// SPDX-License-Identifier: Apache-2.0
//
// Which code the results of a run come from: the content of the plugin as it was loaded, and of
// every object that loading added to the process; and what may make the same code give other
// results. Files are read as a whole for this, so it is for runs with a journal.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "host/journal/header.hpp"

namespace forkmap::host {

// The files of the objects that are loaded now.
[[nodiscard]] std::vector<std::string> loaded_files();

struct PluginFingerprint {
  JournalFacts code;     // of the plugin and of what was loaded with it
  JournalFacts machine;  // of what had been there before, and of the processor
};

// `before`: loaded_files() before the first plugin was loaded.
[[nodiscard]] PluginFingerprint fingerprint_of(const plugin::FunctionEntry& function,
                                               const plugin::RegistryTable& table,
                                               const std::vector<std::string>& before);

}  // namespace forkmap::host
