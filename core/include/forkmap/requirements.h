/* SPDX-License-Identifier: Apache-2.0
 *
 * forkmap/requirements.h: says in one line what a C compiler must be told, before its own errors.
 */
#ifndef FORKMAP_REQUIREMENTS_H
#define FORKMAP_REQUIREMENTS_H

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#error "forkmap needs C99: compile with -std=c99 or later, not with -ansi or -std=c89"
#include <forkmap/stopped_by_the_error_above>
#endif

#endif
