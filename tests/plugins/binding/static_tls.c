/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin with thread-local data that must lie beside those of the program, and more of them than
 * there is room for.
 */
#include <forkmap/plugin.h>

static __thread volatile char room[32768] __attribute__((tls_model("initial-exec")));

static int touch(forkmap_call* call) {
  room[sizeof room - 1] = 7;
  forkmap_return_i64(call, 0, room[sizeof room - 1]);
  return 0;
}

FORKMAP_PLUGIN_C("static_tls", "1.0", FORKMAP_FUNCTION_C("touch", "(i64) -> i64", touch, "7"))
