// SPDX-License-Identifier: Apache-2.0
#include "core/base/valgrind.hpp"

#include <cstdlib>
#include <string_view>

namespace forkmap::base {

// Each of its tools loads a library of that name into the program.
bool runs_under_valgrind() noexcept {
  const char* const preloaded = std::getenv("LD_PRELOAD");
  return preloaded != nullptr &&
         std::string_view(preloaded).find("/vgpreload_") != std::string_view::npos;
}

}  // namespace forkmap::base
