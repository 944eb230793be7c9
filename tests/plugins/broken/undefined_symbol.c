/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that needs a symbol which nobody defines.
 */
#include <forkmap/plugin.h>

int symbol_that_nobody_defines(int x);

static int call_it(forkmap_call* call) {
  forkmap_return_i64(call, 0, symbol_that_nobody_defines((int)forkmap_arg_i64(call, 0)));
  return 0;
}

FORKMAP_PLUGIN_C("undefined_symbol", "1.0",
                 FORKMAP_FUNCTION_C("call_it", "(i64) -> i64", call_it, ""))
