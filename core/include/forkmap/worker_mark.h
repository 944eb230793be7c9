/* SPDX-License-Identifier: Apache-2.0
 *
 * forkmap/worker_mark.h: whether this process is a worker. What runs at the end of a process (a
 * destructor, an exit handler) runs in the host and in each worker, and may ask.
 */
#ifndef FORKMAP_WORKER_MARK_H
#define FORKMAP_WORKER_MARK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Belongs to forkmap_in_worker(). Each shared object has its own, which its descriptor names. */
extern int forkmap_worker_mark __attribute__((weak, visibility("hidden")));
/* Weak, and one in each shared object. NOLINTNEXTLINE(misc-definitions-in-headers) */
int forkmap_worker_mark __attribute__((weak, visibility("hidden"))) = 0;

/* Whether this process is a worker, or was forked from one. For any code of a shared object whose
 * descriptor is made by a macro of plugin.h or plugin.hpp. */
static inline int forkmap_in_worker(void) { return forkmap_worker_mark; }

#ifdef __cplusplus
}
#endif

#endif
