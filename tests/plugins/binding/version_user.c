/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that tells which of the two libraries it got.
 */
#include <forkmap/plugin.h>

int version_of_library(void);

static int version(forkmap_call* call) {
  forkmap_return_i64(call, 0, version_of_library());
  return 0;
}

FORKMAP_PLUGIN_C(PLUGIN_NAME, "1.0",
                 FORKMAP_FUNCTION_C("version", "(i64) -> i64", version, "Version of its library."))
