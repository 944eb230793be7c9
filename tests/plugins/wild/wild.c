/* SPDX-License-Identifier: Apache-2.0
 *
 * wild: functions that write where they must not, when their argument is 3; otherwise they return
 * it.
 */
#include <stdio.h>

#include <forkmap/plugin.h>

enum { kReach = 65536 };

/* The writable mapping around an address, at most kReach bytes to each side. */
static void reach_of(const void* address, unsigned char** begin, unsigned char** end) {
  const uintptr_t target = (uintptr_t)address;
  char line[512];
  FILE* maps = fopen("/proc/self/maps", "re");
  *begin = *end = NULL;
  if (maps == NULL) return;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long first = 0, last = 0;
    char mode[8];
    if (sscanf(line, "%lx-%lx %7s", &first, &last, mode) != 3 || mode[1] != 'w') continue;
    if (target < first || target >= last) continue;
    if (target - first > kReach) first = target - kReach;
    if (last - target > kReach) last = target + kReach;
    *begin = (unsigned char*)first;
    *end = (unsigned char*)last;
  }
  fclose(maps);
}

static void scribble(const void* address, uint64_t random) {
  unsigned char *begin, *end;
  reach_of(address, &begin, &end);
  for (; begin < end; ++begin) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    *begin = (unsigned char)(random >> 56);
  }
}

static int identity(forkmap_call* call) {
  forkmap_return_i64(call, 0, forkmap_arg_i64(call, 0));
  return 0;
}
static int is_three(const forkmap_call* call) { return forkmap_arg_i64(call, 0) == 3; }

/* Random bytes over everything near its own results. */
static int wild_write(forkmap_call* call) {
  if (is_three(call)) scribble(call->chunk->status, forkmap_item_seed(call));
  return identity(call);
}

/* Random bytes over everything near the progress word: the states of all cells. */
static int wild_states(forkmap_call* call) {
  if (is_three(call)) scribble(call->chunk->progress, forkmap_item_seed(call));
  return identity(call);
}

/* A status that does not exist. */
static int wild_status(forkmap_call* call) {
  if (is_three(call)) memset(call->chunk->status, 0xee, call->chunk->count);
  return identity(call);
}

/* More items complete than there are. */
static int wild_progress(forkmap_call* call) {
  if (is_three(call)) {
    forkmap_set_progress(call->chunk, call->chunk->count + 1000000);
    for (;;) {
    }
  }
  return identity(call);
}

/* Another turn. */
static int wild_turn(forkmap_call* call) {
  if (is_three(call)) {
    __atomic_store_n(call->chunk->progress, ~UINT64_C(0) / 3, __ATOMIC_RELEASE);
    for (;;) {
    }
  }
  return identity(call);
}

/* Its own arguments, which it may only read. */
static int write_arguments(forkmap_call* call) {
  union {
    const void* read;
    volatile int64_t* write;
  } values;
  values.read = call->chunk->arguments[0].values;
  if (is_three(call)) values.write[call->item] = 4;
  return identity(call);
}

/* A text whose end lies far behind the bytes area. */
static int wild_ends(forkmap_call* call) {
  const int result = forkmap_return_bytes(call, 0, "x", 1);
  if (result == 0 && is_three(call)) call->chunk->results[0].ends[call->item] = UINT64_C(1) << 50;
  return result;
}

#define ON_THREE(name, doc) FORKMAP_FUNCTION_C(#name, "(i64) -> i64", name, doc)

FORKMAP_PLUGIN_C("wild", "1.0", ON_THREE(wild_write, "Write random bytes around its results on 3."),
                 ON_THREE(wild_states, "Write random bytes around the progress word on 3."),
                 ON_THREE(wild_status, "Write a status that does not exist on 3."),
                 ON_THREE(wild_progress, "Report too much progress on 3."),
                 ON_THREE(wild_turn, "Report progress of another turn on 3."),
                 ON_THREE(write_arguments, "Write to its arguments on 3."),
                 FORKMAP_FUNCTION_C("wild_ends", "(i64) -> str", wild_ends,
                                    "Return a text without end on 3."))
