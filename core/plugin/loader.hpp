// SPDX-License-Identifier: Apache-2.0
//
// The last step of a load: the plugin becomes part of this process, for ever.
#pragma once

#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

// Loads the image with Boost.DLL, RTLD_NOW | RTLD_LOCAL, and checks the descriptor once more. What
// a constructor changes in this process (signals, mask, rounding) is put back. Throws LoadError,
// step "open" or "descriptor".
//
// Never unloaded, also when a later check refuses it: threads, thread-locals, exit handlers and
// copied function pointers of a plugin may outlive every handle, and none of them can be seen. The
// descriptor of a private copy stays open, so that debuggers and back traces find its symbols.
[[nodiscard]] PluginEntry load_image(OpenedPlugin opened);

}  // namespace forkmap::plugin
