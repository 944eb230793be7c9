// SPDX-License-Identifier: Apache-2.0
//
// The last step of a load: the plugin becomes part of this process, for ever.
#pragma once

#include <optional>
#include <string>

#include "core/base/process_state.hpp"
#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

// Loads the image with Boost.DLL, RTLD_NOW | RTLD_LOCAL, and checks the descriptor once more. What
// a constructor changes in this process (core/base/process_state.hpp) is put back. Throws
// LoadError, step "open" or "descriptor".
//
// Never unloaded, also when a later check refuses it: threads, thread-locals, exit handlers and
// copied function pointers of a plugin may outlive every handle, and none of them can be seen. The
// descriptor of a private copy stays open, so that debuggers and back traces find its symbols.
[[nodiscard]] PluginEntry load_image(OpenedPlugin opened);

// Why a plugin whose loading has changed this is refused; nothing where all could be put back.
[[nodiscard]] std::optional<std::string> fault_of(const base::StateChanges& changes);

}  // namespace forkmap::plugin
