/* SPDX-License-Identifier: Apache-2.0
 *
 * The part that kernel_core.c loads.
 */
extern const int core_table[2];

__attribute__((visibility("default"))) int kernel_value(void);
int kernel_value(void) { return core_table[1]; }
