/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that crash reports must not take at its word: its descriptor is made at run time, in
 * memory that is nobody's; a function has a name that stands for more text than there is memory
 * for; a frame is larger than any stack. Plain signals are wanted, so no sanitizer here.
 */
#include <forkmap/plugin.h>
#include <stdlib.h>

static volatile int zero = 0;

/* f<P<A, A>, P<P<A, A>, P<A, A> >, ...>, twice as long with each argument. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static int
without_end(int x) __asm__(
    "_Z1f1PI1A1AES_IS1_S1_ES_IS2_S2_ES_IS3_S3_ES_IS4_S4_ES_IS5_S5_ES_IS6_S6_ES_IS7_S7_ES_IS8_S8_E"
    "S_IS9_S9_ES_ISA_SA_ES_ISB_SB_ES_ISC_SC_ES_ISD_SD_ES_ISE_SE_ES_ISF_SF_ES_ISG_SG_ES_ISH_SH_E"
    "S_ISI_SI_ES_ISJ_SJ_ES_ISK_SK_ES_ISL_SL_ES_ISM_SM_ES_ISN_SN_ES_ISO_SO_ES_ISP_SP_ES_ISQ_SQ_E"
    "S_ISR_SR_ES_ISS_SS_ES_IST_ST_ES_ISU_SU_ES_ISV_SV_ES_ISW_SW_ES_ISX_SX_ES_ISY_SY_ES_ISZ_SZ_E"
    "S_IS10_S10_ES_IS11_S11_ES_IS12_S12_ES_IS13_S13_ES_IS14_S14_ES_IS15_S15_ES_IS16_S16_E"
    "S_IS17_S17_ES_IS18_S18_ES_IS19_S19_ES_IS1A_S1A_ES_IS1B_S1B_ES_IS1C_S1C_ES_IS1D_S1D_E"
    "S_IS1E_S1E_ES_IS1F_S1F_ES_IS1G_S1G_ES_IS1H_S1H_ES_IS1I_S1I_ES_IS1J_S1J_ES_IS1K_S1K_E"
    "S_IS1L_S1L_ES_IS1M_S1M_ES_IS1N_S1N_ES_IS1O_S1O_ES_IS1P_S1P_ES_IS1Q_S1Q_ES_IS1R_S1R_E");
static int without_end(int x) { return x / zero; }

static int crash_without_end(forkmap_call* call) {
  forkmap_return_i64(call, 0, without_end((int)forkmap_arg_i64(call, 0)));
  return 0;
}

/* A C function; the name of a type in a C++ compiler's names. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static int f(int x) {
  return x / zero + 1;
}

static int crash_in_f(forkmap_call* call) {
  forkmap_return_i64(call, 0, f((int)forkmap_arg_i64(call, 0)));
  return 0;
}

/* So many MiB, touched in the middle. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static char frame_of(
    int64_t size_mib) {
  const size_t size_bytes = (size_t)size_mib << 20;
  volatile char* const room = __builtin_alloca(size_bytes);
  room[size_bytes / 2] = 1;
  return room[size_bytes / 2];
}

static int large_frame(forkmap_call* call) {
  forkmap_return_i64(call, 0, frame_of(forkmap_arg_i64(call, 0)));
  return 0;
}

void* believed_kept[2]; /* so that it is no leak */

__attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void);
__attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void) {
  static const forkmap_function functions[] = {
      FORKMAP_FUNCTION_C("crash_without_end", "(i64) -> i64", crash_without_end, "Crash."),
      FORKMAP_FUNCTION_C("crash_in_f", "(i64) -> i64", crash_in_f, "Crash in f."),
      FORKMAP_FUNCTION_C("large_frame", "(i64) -> i64", large_frame,
                         "Have a frame of so many MiB.")};
  forkmap_function* const copies = malloc(sizeof functions);
  forkmap_plugin* const plugin = calloc(1, sizeof(forkmap_plugin));
  believed_kept[0] = copies;
  believed_kept[1] = plugin;
  if (copies == NULL || plugin == NULL) return NULL;
  memcpy(copies, functions, sizeof functions);
  plugin->size_bytes = sizeof(forkmap_plugin);
  plugin->abi_version = FORKMAP_ABI_VERSION;
  plugin->name = "believed";
  plugin->version = "1.0";
  plugin->functions = copies;
  plugin->function_count = sizeof functions / sizeof functions[0];
  return plugin;
}
