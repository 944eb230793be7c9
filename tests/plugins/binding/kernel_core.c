/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that loads a part of itself when that is needed; the part uses what the library has,
 * and does not say that it needs it.
 */
#include <dlfcn.h>
#include <stddef.h>

#define SEEN __attribute__((visibility("default")))

SEEN extern const int core_table[2];
SEEN int core_value(const char** fault);

const int core_table[2] = {3, 10};

int core_value(const char** fault) {
  void* const part = dlopen(KERNEL_FILE, RTLD_NOW);
  if (part == NULL) {
    *fault = dlerror();
    return -1;
  }
  int (*value)(void);
  *(void**)&value = dlsym(part, "kernel_value");
  return value == NULL ? -1 : value();
}
