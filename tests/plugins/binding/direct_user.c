/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that itself calls the gamma() of a library of its own.
 */
#include <forkmap/plugin.h>

double gamma(double x);

static int call_gamma(forkmap_call* call) {
  forkmap_return_f64(call, 0, gamma(forkmap_arg_f64(call, 0)));
  return 0;
}

FORKMAP_PLUGIN_C("direct_user", "1.0",
                 FORKMAP_FUNCTION_C("gamma", "(f64) -> f64", call_gamma, "x + 0.25"))
