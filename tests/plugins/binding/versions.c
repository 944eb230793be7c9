/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that exists twice, with one soname and two values.
 */
__attribute__((visibility("default"))) int version_of_library(void);
int version_of_library(void) { return VERSION; }
