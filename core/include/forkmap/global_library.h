/* SPDX-License-Identifier: Apache-2.0
 *
 * For a plugin that needs a library whose symbols all others must see, since it loads parts of
 * itself that use them and do not say so (C99 and C++).
 */
#ifndef FORKMAP_GLOBAL_LIBRARY_H
#define FORKMAP_GLOBAL_LIBRARY_H

/* At file scope, any number of times: FORKMAP_GLOBAL_LIBRARY("libcore.so.1"); the name is the
 * library's soname. Read from the plugin's file before anything of it is loaded. */
#define FORKMAP_GLOBAL_LIBRARY(name) FORKMAP_GLOBAL_LIBRARY_(name, __COUNTER__)
#define FORKMAP_GLOBAL_LIBRARY_(name, number) FORKMAP_GLOBAL_LIBRARY_TEXT_(name, number)
#define FORKMAP_GLOBAL_LIBRARY_TEXT_(name, number)                                             \
  __attribute__((                                                                              \
      used, section(".forkmap.global"))) static const char forkmap_global_library_##number[] = \
      name

#endif
