// SPDX-License-Identifier: Apache-2.0
//
// A plugin with a GNU unique symbol: compiled without -fno-gnu-unique, it shares its inline static
// with every other such plugin.
#include <forkmap/plugin.hpp>

struct [[gnu::visibility("default")]] Shared {
  static inline std::int64_t counter = 0;
};

static std::int64_t count(std::int64_t) { return ++Shared::counter; }

FORKMAP_PLUGIN(PLUGIN_NAME, "1.0",
               forkmap::function<count>("count",
                                        "Return how often this was called in this process."))
