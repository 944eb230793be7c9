// SPDX-License-Identifier: Apache-2.0
//
// Whether a plugin's file on disk is still what was loaded.
#pragma once

#include <string>

#include "core/plugin/registry_table.hpp"

namespace forkmap::plugin {

// Of an open file. Throws SystemError.
[[nodiscard]] FileIdentity identity_of(int fd);

// How the file of `plugin` on disk differs from what was loaded, "arith.so: size 16384 -> 17000,
// build-id differs"; empty if it does not.
[[nodiscard]] std::string changed_text(const PluginEntry& plugin);

}  // namespace forkmap::plugin
