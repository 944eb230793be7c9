// SPDX-License-Identifier: Apache-2.0
//
// Plugins that were built with a sanitizer whose run-time library must have been loaded before all
// others. That library itself ends the process in which it comes later, with a text that names no
// plugin.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace forkmap::plugin {

// Why a plugin that needs these libraries cannot be loaded into this process, and how to start one
// into which it can; nothing if it can.
[[nodiscard]] std::optional<std::string> late_runtime_text(std::span<const std::string> needed);

}  // namespace forkmap::plugin
