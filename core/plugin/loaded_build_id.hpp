// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace forkmap::plugin {

// The build-id (hex, empty if it has none) of the object that the dynamic loader of this process
// knows by this path; nothing if it knows none.
[[nodiscard]] std::optional<std::string> loaded_build_id(const std::string& path);

}  // namespace forkmap::plugin
