/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin of the functions of own_names.c.
 */
#include <forkmap/plugin.h>

double own_gamma(double x);
double own_y1(double x);
double own_round(double x);
long own_index(long row, long column);
long own_error(long code);
long own_timezone(void);

static int call_gamma(forkmap_call* call) {
  forkmap_return_f64(call, 0, own_gamma(forkmap_arg_f64(call, 0)));
  return 0;
}
static int call_y1(forkmap_call* call) {
  forkmap_return_f64(call, 0, own_y1(forkmap_arg_f64(call, 0)));
  return 0;
}
static int call_round(forkmap_call* call) {
  forkmap_return_f64(call, 0, own_round(forkmap_arg_f64(call, 0)));
  return 0;
}
static int call_index(forkmap_call* call) {
  forkmap_return_i64(call, 0, own_index((long)forkmap_arg_i64(call, 0), 7));
  return 0;
}
static int call_error(forkmap_call* call) {
  forkmap_return_i64(call, 0, own_error((long)forkmap_arg_i64(call, 0)));
  return 0;
}
static int read_timezone(forkmap_call* call) {
  forkmap_return_i64(call, 0, own_timezone());
  return 0;
}

FORKMAP_PLUGIN_C(PLUGIN_NAME, "1.0",
                 FORKMAP_FUNCTION_C("gamma", "(f64) -> f64", call_gamma, "x + 0.25"),
                 FORKMAP_FUNCTION_C("y1", "(f64) -> f64", call_y1, "x + 100"),
                 FORKMAP_FUNCTION_C("round", "(f64) -> f64", call_round, "x + 200"),
                 FORKMAP_FUNCTION_C("index", "(i64) -> i64", call_index, "1000 x + 7"),
                 FORKMAP_FUNCTION_C("error", "(i64) -> i64", call_error, "x + 300"),
                 FORKMAP_FUNCTION_C("timezone", "(i64) -> i64", read_timezone, "77"))
