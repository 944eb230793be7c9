/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that needs a library of its own folder: its run path is $ORIGIN.
 */
#include <forkmap/plugin.h>

int origin_helper(void);

static int call_helper(forkmap_call* call) {
  forkmap_return_i64(call, 0, origin_helper());
  return 0;
}

FORKMAP_PLUGIN_C("origin_runpath", "1.0",
                 FORKMAP_FUNCTION_C("call_helper", "(i64) -> i64", call_helper,
                                    "Return the value of the library beside it."))
