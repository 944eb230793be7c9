/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that lies beside origin_runpath.so and is found by its run path.
 */
__attribute__((visibility("default"))) int origin_helper(void);
int origin_helper(void) { return 17; }
