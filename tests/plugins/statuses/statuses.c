/* SPDX-License-Identifier: Apache-2.0
 *
 * statuses: run entries that report outcomes in each way there is, good or bad, for the item 3.
 */
#include <forkmap/plugin.h>

#include <string.h>

enum { kWithFail, kByHand, kLeftOut };

typedef struct {
  int how;
  uint32_t status;
} Report;

static const char kText[] = "12 is too much";

static int64_t argument_of(const forkmap_chunk* chunk, uint64_t item) {
  return ((const int64_t*)chunk->arguments[0].values)[item];
}

static int report(const Report* report_on_three, forkmap_chunk* chunk, uint64_t item) {
  switch (report_on_three->how) {
    case kWithFail:
      return chunk->table->fail(chunk, item, report_on_three->status, kText, sizeof kText - 1);
    case kByHand:
      chunk->status[item] = (unsigned char)report_on_three->status;
      return 0;
    default:
      return 0;
  }
}

static int number(void* context, forkmap_chunk* chunk) {
  uint64_t item;
  for (item = chunk->first; item < chunk->count; ++item) {
    if (argument_of(chunk, item) == 3) {
      if (report((const Report*)context, chunk, item) != 0) return FORKMAP_RUN_WINDOW_FULL;
    } else {
      ((int64_t*)chunk->results[0].values)[item] = argument_of(chunk, item);
      chunk->status[item] = FORKMAP_STATUS_VALUE;
    }
    forkmap_set_progress(chunk, item + 1);
  }
  return FORKMAP_RUN_COMPLETE;
}

/* Item i is i times the letter 'x'. */
static int text(void* context, forkmap_chunk* chunk) {
  uint64_t item;
  for (item = chunk->first; item < chunk->count; ++item) {
    const uint64_t size = (uint64_t)argument_of(chunk, item);
    if (size == 3) {
      if (report((const Report*)context, chunk, item) != 0) return FORKMAP_RUN_WINDOW_FULL;
    } else {
      void* place = forkmap_reserve(chunk, item, 0, size);
      if (place == NULL) return FORKMAP_RUN_WINDOW_FULL;
      memset(place, 'x', size);
      chunk->status[item] = FORKMAP_STATUS_VALUE;
    }
    forkmap_set_progress(chunk, item + 1);
  }
  return FORKMAP_RUN_COMPLETE;
}

/* The status of a value, and no value. */
static int no_text(void* context, forkmap_chunk* chunk) {
  uint64_t item;
  (void)context;
  for (item = chunk->first; item < chunk->count; ++item) {
    const uint64_t size = (uint64_t)argument_of(chunk, item);
    if (size != 3) {
      void* place = forkmap_reserve(chunk, item, 0, size);
      if (place == NULL) return FORKMAP_RUN_WINDOW_FULL;
      memset(place, 'x', size);
    }
    chunk->status[item] = FORKMAP_STATUS_VALUE;
    forkmap_set_progress(chunk, item + 1);
  }
  return FORKMAP_RUN_COMPLETE;
}

static Report fails = {kWithFail, FORKMAP_STATUS_FUNCTION_ERROR};
static Report bad = {kWithFail, FORKMAP_STATUS_BAD_ITEM};
static Report large = {kWithFail, FORKMAP_STATUS_PAYLOAD_TOO_LARGE};
static Report stale = {kWithFail, FORKMAP_STATUS_STALE_REGISTRY};
static Report value = {kWithFail, FORKMAP_STATUS_VALUE};
static Report nonsense = {kWithFail, 0x85};
static Report hand_bad = {kByHand, FORKMAP_STATUS_BAD_ITEM};
static Report hand_stale = {kByHand, FORKMAP_STATUS_STALE_REGISTRY};
static Report hand_99 = {kByHand, 99};
static Report left_out = {kLeftOut, 0};

#define BOTH(name, report)                                                                       \
  {sizeof(forkmap_function),                                                                     \
   0u,                                                                                           \
   name,                                                                                         \
   "(i64) -> i64",                                                                               \
   "Report an outcome on 3.",                                                                    \
   number,                                                                                       \
   NULL,                                                                                         \
   NULL,                                                                                         \
   &(report)},                                                                                   \
  {                                                                                              \
    sizeof(forkmap_function), 0u, name "_text", "(i64) -> str", "Report an outcome on 3.", text, \
        NULL, NULL, &(report)                                                                    \
  }

FORKMAP_PLUGIN_C("statuses", "1.0", BOTH("fails", fails), BOTH("bad", bad), BOTH("large", large),
                 BOTH("stale", stale), BOTH("value", value), BOTH("nonsense", nonsense),
                 BOTH("hand_bad", hand_bad), BOTH("hand_stale", hand_stale),
                 BOTH("hand_99", hand_99), BOTH("left_out", left_out),
                 {sizeof(forkmap_function), 0u, "no_text", "(i64) -> str", "Set no result on 3.",
                  no_text, NULL, NULL, NULL})
