/* SPDX-License-Identifier: Apache-2.0
 *
 * A function with a loop of its own over the chunk, as compilers for other languages may write it.
 */
/* [run] */
#include <forkmap/plugin.h>

/* x^2 - 2 x + 1 for each item; a NaN is refused. */
static int run(void* context, forkmap_chunk* chunk) {
  static const char text[] = "x is not a number";
  const double* x = chunk->arguments[0].values;
  double* y = chunk->results[0].values;
  uint64_t item;
  (void)context;
  for (item = chunk->first; item < chunk->count; ++item) {
    if (x[item] != x[item]) {
      if (chunk->table->fail(chunk, item, FORKMAP_STATUS_FUNCTION_ERROR, text, sizeof text - 1)) {
        return FORKMAP_RUN_WINDOW_FULL;
      }
    } else {
      y[item] = x[item] * x[item] - 2 * x[item] + 1;
      chunk->status[item] = FORKMAP_STATUS_VALUE;
    }
    forkmap_set_progress(chunk, item + 1);
  }
  return FORKMAP_RUN_COMPLETE;
}

static const forkmap_function functions[] = {{
    .size_bytes = sizeof(forkmap_function),
    .name = "polynomial",
    .signature = "(f64) -> f64",
    .doc = "Return x^2 - 2 x + 1.",
    .run = run,
}};

static const forkmap_plugin plugin = {
    .size_bytes = sizeof(forkmap_plugin),
    .abi_version = FORKMAP_ABI_VERSION,
    .name = "polynomial",
    .version = "1.0",
    .functions = functions,
    .function_count = 1,
};

__attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void);
const forkmap_plugin* forkmap_plugin_v1(void) { return &plugin; }
/* [run end] */
