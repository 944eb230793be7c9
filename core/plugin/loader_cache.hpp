// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forkmap::plugin {

// The files that the dynamic loader's cache (/etc/ld.so.cache) has for a library of this machine,
// best first. Empty where there is no cache, or one of an unknown form.
[[nodiscard]] std::vector<std::string> cached_libraries(std::string_view name);

}  // namespace forkmap::plugin
