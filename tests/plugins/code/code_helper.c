/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that a plugin needs, in two versions of one name.
 */
int code_helper(void);

int code_helper(void) { return HELPER_VALUE; }
