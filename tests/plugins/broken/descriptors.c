/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugins whose descriptor is wrong, one for each name that the build defines: CASE_null_name, ...
 */
#include <stdlib.h>

#include <forkmap/plugin.h>

__attribute__((unused)) static int identity(forkmap_call* call) {
  forkmap_return_i64(call, 0, forkmap_arg_i64(call, 0));
  return 0;
}

__attribute__((unused)) static int identities(void* context, forkmap_chunk* chunk) {
  (void)context;
  (void)chunk;
  return FORKMAP_RUN_COMPLETE;
}

#if defined(CASE_null_name)
FORKMAP_PLUGIN_C("null_name", "1.0", FORKMAP_FUNCTION_C(NULL, "(i64) -> i64", identity, ""))
#elif defined(CASE_bad_signature)
FORKMAP_PLUGIN_C("bad_signature", "1.0",
                 FORKMAP_FUNCTION_C("identity", "(i64, -> f65", identity, ""))
#elif defined(CASE_null_signature)
FORKMAP_PLUGIN_C("null_signature", "1.0", FORKMAP_FUNCTION_C("identity", NULL, identity, ""))
#elif defined(CASE_duplicate_function)
FORKMAP_PLUGIN_C("duplicate_function", "1.0",
                 FORKMAP_FUNCTION_C("identity", "(i64) -> i64", identity, ""),
                 FORKMAP_FUNCTION_C("identity", "(i64) -> i64", identity, ""))
#elif defined(CASE_no_entry)
FORKMAP_PLUGIN_C("no_entry", "1.0", FORKMAP_FUNCTION_C("identity", "(i64) -> i64", NULL, ""))
#elif defined(CASE_vectorized_once)
FORKMAP_PLUGIN_C("vectorized_once", "1.0",
                 {sizeof(forkmap_function), FORKMAP_ONCE, "identity", "(i64) -> i64", "", NULL,
                  identities, NULL, NULL})
#elif defined(CASE_vectorized_and_call)
FORKMAP_PLUGIN_C("vectorized_and_call", "1.0",
                 {sizeof(forkmap_function), 0, "identity", "(i64) -> i64", "", NULL, identities,
                  identity, NULL})
#elif defined(CASE_colon_in_name)
FORKMAP_PLUGIN_C("colon_in_name", "1.0", FORKMAP_FUNCTION_C("a:b", "(i64) -> i64", identity, ""))
#elif defined(CASE_null_plugin_name)
FORKMAP_PLUGIN_C(NULL, "1.0", FORKMAP_FUNCTION_C("identity", "(i64) -> i64", identity, ""))
#elif defined(CASE_impostor)  /* says that it is arith */
FORKMAP_PLUGIN_C("arith", "6.6", FORKMAP_FUNCTION_C("square", "(i64) -> i64", identity, ""))
#elif defined(CASE_wrong_abi) /* exports another version only */
__attribute__((visibility("default"))) const void* forkmap_plugin_v2(void);
const void* forkmap_plugin_v2(void) {
  static const forkmap_function function =
      FORKMAP_FUNCTION_C("identity", "(i64) -> i64", identity, "");
  return &function;
}
#elif defined(CASE_no_descriptor)
__attribute__((visibility("default"))) int (*answer(void))(forkmap_call*);
int (*answer(void))(forkmap_call*) { return identity; }
#else

static const forkmap_function functions[] = {
    FORKMAP_FUNCTION_C("identity", "(i64) -> i64", identity, "")};
static forkmap_plugin plugin = {sizeof(forkmap_plugin),
                                FORKMAP_ABI_VERSION,
                                "broken",
                                "1.0",
                                functions,
                                1,
                                NULL,
                                NULL,
                                NULL,
                                0,
                                NULL};

__attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void);
const forkmap_plugin* forkmap_plugin_v1(void) {
#if defined(CASE_null_descriptor)
  return NULL;
#elif defined(CASE_null_functions)
  plugin.functions = NULL;
#elif defined(CASE_small_descriptor)
  plugin.size_bytes = 8;
#elif defined(CASE_wrong_abi_field)
  plugin.abi_version = 7;
#elif defined(CASE_many_functions)
  plugin.function_count = UINT64_MAX;
#elif defined(CASE_crashing_descriptor)
  abort();
#else
#error "no such case"
#endif
  return &plugin;
}
#endif
