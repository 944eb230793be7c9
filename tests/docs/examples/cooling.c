/* SPDX-License-Identifier: Apache-2.0 */
/* [vector] */
#include <forkmap/plugin.h>

static int fahrenheit(void* context, forkmap_chunk* chunk) {
  const double* celsius = FORKMAP_VECTOR_ARGUMENT(double, chunk, 0);
  double* result = FORKMAP_VECTOR_RESULT(double, chunk, 0);
  uint64_t count = forkmap_vector_count(chunk);
  uint64_t i;
  (void)context;
  for (i = 0; i < count; ++i) {
    if (celsius[i] < -273.15) return forkmap_fail_vector(chunk, "below absolute zero");
    result[i] = celsius[i] * 9 / 5 + 32;
  }
  return FORKMAP_RUN_COMPLETE;
}

FORKMAP_PLUGIN_C("cooling", "1.0",
                 FORKMAP_VECTORIZED_C("fahrenheit", "(f64) -> f64", fahrenheit,
                                      "Return degrees Fahrenheit."))
/* [vector end] */
