// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::plugin {

// What helps against what the dynamic loader said in `text`, of a load or inside of a function;
// each part begins with "; ". That is --global for a symbol that is undefined although a loaded
// library defines it (or some library may, if it is not `plugin` itself that lacks it), a variable
// of the environment where there is no room for a library's thread-local data, or where the library
// of the address sanitizer came too late, and --load-in-place where the name of a private copy was
// used as that of a file. What the text says already is not said again.
[[nodiscard]] std::string hints_for(std::string_view text, std::string_view plugin = {});

}  // namespace forkmap::plugin
