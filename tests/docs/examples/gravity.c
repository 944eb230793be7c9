/* SPDX-License-Identifier: Apache-2.0 */
/* [plugin] */
#include <forkmap/plugin.h>
#include <math.h>

static int fall_time(forkmap_call* call) {
  const double height = forkmap_arg_f64(call, 0);
  if (height < 0) return forkmap_fail(call, "the height must not be negative");
  forkmap_return_f64(call, 0, sqrt(2 * height / 9.80665));
  return 0;
}

FORKMAP_PLUGIN_C("gravity", "1.0",
                 FORKMAP_FUNCTION_C("fall_time", "(f64) -> f64", fall_time,
                                    "Return the seconds that a fall from a height in m takes."))
/* [plugin end] */
