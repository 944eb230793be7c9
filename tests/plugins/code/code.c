/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin with a library, in two versions that have one build-id.
 */
#include <forkmap/plugin.h>

#include <stdlib.h>

int code_helper(void);

static int value(forkmap_call* call) {
  forkmap_return_i64(call, 0, 10 * PLUGIN_VALUE + code_helper());
  return 0;
}

/* What a threading library would have been told when it was loaded. */
static int threads(forkmap_call* call) {
  const char* const text = getenv("OMP_NUM_THREADS");
  forkmap_return_i64(call, 0, text == NULL ? -1 : strtol(text, NULL, 10));
  return 0;
}

FORKMAP_PLUGIN_C("code", "1.0",
                 FORKMAP_FUNCTION_C("value", "(i64) -> i64", value,
                                    "Return the values of plugin and library."),
                 FORKMAP_FUNCTION_C("threads", "(i64) -> i64", threads, "Return OMP_NUM_THREADS."))
