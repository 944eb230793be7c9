/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that uses kernel_core.c.
 */
#include <forkmap/global_library.h>
#include <forkmap/plugin.h>
#include <stdio.h>
#include <stdlib.h>

int core_value(const char** fault);

#ifdef SAYS_GLOBAL
FORKMAP_GLOBAL_LIBRARY("libkernel_core.so");
#endif

#ifdef EAGER
__attribute__((constructor)) static void load_kernel(void) {
  const char* fault = NULL;
  if (core_value(&fault) >= 0) return;
  fprintf(stderr, "cannot load the kernel: %s\n", fault);
  exit(1);
}
#endif

static int value(forkmap_call* call) {
  const char* fault = "no reason";
  const int found = core_value(&fault);
  if (found < 0) return forkmap_fail(call, fault);
  forkmap_return_i64(call, 0, found);
  return 0;
}

FORKMAP_PLUGIN_C(PLUGIN_NAME, "1.0", FORKMAP_FUNCTION_C("value", "(i64) -> i64", value, "10"))
