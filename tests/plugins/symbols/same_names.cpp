// SPDX-License-Identifier: Apache-2.0
//
// Two plugins are made of this, with one set of global names: each must see its own.
#include <forkmap/plugin.hpp>

[[gnu::visibility("default")]] extern int counter;
[[gnu::visibility("default")]] int helper();

int counter = 0;
int helper() { return HELPER_VALUE; }

static std::int64_t call_helper(std::int64_t) { return helper(); }
static std::int64_t count(std::int64_t) { return ++counter; }

FORKMAP_PLUGIN(PLUGIN_NAME, "1.0",
               forkmap::function<call_helper>("call_helper", "Return the plugin's own value."),
               forkmap::function<count>("count",
                                        "Return how often this was called in this process."))
