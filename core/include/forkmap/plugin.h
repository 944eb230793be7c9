/* SPDX-License-Identifier: Apache-2.0
 *
 * forkmap/plugin.h: the C interface of a plugin, ABI version 1 (C99 and C++).
 *
 * A plugin is a shared object that exports one function, forkmap_plugin_v1(), which returns a
 * descriptor: name, version, functions, hooks. It imports no symbol from the host: a chunk, a call
 * and a hook each begin with a pointer to a table of C functions, through which everything else is
 * asked. The version is part of the exported name, so a plugin of another ABI is recognised by it.
 *
 * Conventions
 *  C1 Every struct that may grow carries its size in bytes; a reader looks at no field past it.
 *  C2 Strings are UTF-8 or plain bytes; those of the descriptor end with NUL and live for ever.
 *  C3 Items are numbered inside the chunk: 0 .. count-1. Columns are numbered from 0.
 *  C4 A fixed column holds one value an item: values[i], of the C type of its forkmap type
 *     (bool is one byte, 0 or 1).
 *  C5 A variable column (str, bytes, T[]) holds in `bytes` the stretch from starts[i] to ends[i];
 *     the stretch of an array begins at starts[i] rounded up to the size of its element.
 *  C6 The results of item i (slots, bytes, then status) are complete before progress says i + 1.
 *  C7 No C++ exception may cross this interface.
 */
#ifndef FORKMAP_PLUGIN_H
#define FORKMAP_PLUGIN_H

#include <forkmap/requirements.h>
#include <forkmap/worker_mark.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast" /* C has no other */
#endif

/* NOLINTBEGIN(modernize-use-using): this is C as well */
#define FORKMAP_ABI_VERSION 1u
#define FORKMAP_MAX_COLUMNS 16u
#define FORKMAP_MAX_MESSAGE_BYTES 4096u

/* Codes of the types; an array is FORKMAP_ARRAY | code of its element. */
enum {
  FORKMAP_BOOL = 1,
  FORKMAP_I8 = 2,
  FORKMAP_I16 = 3,
  FORKMAP_I32 = 4,
  FORKMAP_I64 = 5,
  FORKMAP_U8 = 6,
  FORKMAP_U16 = 7,
  FORKMAP_U32 = 8,
  FORKMAP_U64 = 9,
  FORKMAP_F32 = 10,
  FORKMAP_F64 = 11,
  FORKMAP_STR = 16,
  FORKMAP_BYTES = 17,
  FORKMAP_ARRAY = 256
};

/* Status of one item, one byte. FORKMAP_STATUS_NONE says "not run yet". A run entry writes
 * FORKMAP_STATUS_VALUE into the chunk itself; a failure is reported with fail(), as a
 * FORKMAP_STATUS_FUNCTION_ERROR or a FORKMAP_STATUS_BAD_ITEM. The last two are the host's to say.
 */
enum {
  FORKMAP_STATUS_NONE = 0,
  FORKMAP_STATUS_VALUE = 1,
  FORKMAP_STATUS_FUNCTION_ERROR = 2,
  FORKMAP_STATUS_BAD_ITEM = 3,
  FORKMAP_STATUS_PAYLOAD_TOO_LARGE = 4,
  FORKMAP_STATUS_STALE_REGISTRY = 5
};

/* What a run entry returns. */
enum {
  FORKMAP_RUN_COMPLETE = 0,    /* items [first, count) all have their status */
  FORKMAP_RUN_WINDOW_FULL = 1, /* the item that progress names did not fit: see needed_bytes */
  FORKMAP_RUN_REFUSED = 2,     /* the function cannot be run at all (a damaged record) */
  FORKMAP_RUN_FAILED = 3       /* run_vector only: the call failed; fail() has the text */
};

/* Flags of a function record. */
enum { FORKMAP_ONCE = 1u /* never run again for an item whose worker died */ };

typedef struct forkmap_table forkmap_table;

/* One argument column; read only. `starts`, `ends`, `bytes` are null in a fixed column. */
typedef struct forkmap_column {
  uint32_t type;
  uint32_t reserved;
  const void* values;
  const uint64_t* starts;
  const uint64_t* ends;
  const unsigned char* bytes;
} forkmap_column;

/* One result column. A fixed one is written into `values`, a variable one with reserve(). */
typedef struct forkmap_result_column {
  uint32_t type;
  uint32_t reserved;
  void* values;
  uint64_t* ends;
} forkmap_result_column;

/* A run of items for one function. Made by the host (in the worker process), run by the plugin. */
typedef struct forkmap_chunk {
  const forkmap_table* table;
  uint32_t size_bytes; /* sizeof(forkmap_chunk) as the host knows it */
  uint32_t argument_count;
  uint32_t result_count;
  uint32_t turn;  /* upper half of the progress word */
  uint64_t first; /* run items [first, count) */
  uint64_t count;
  const forkmap_column* arguments;
  const forkmap_result_column* results;
  unsigned char* status; /* [count] */
  uint64_t* progress;    /* {turn, items complete}; use forkmap_set_progress() */
  unsigned char* bytes;  /* area of variable results and error texts, filled upward */
  uint64_t bytes_used;
  uint64_t bytes_capacity;
  uint64_t needed_bytes; /* set with FORKMAP_RUN_WINDOW_FULL: size of the result that did not fit */
  uint64_t first_index;  /* index in the whole input of item 0 of the chunk */
  uint64_t index_stride; /* the index of item i is first_index + i * index_stride */
  uint64_t seed;         /* run seed */
  const struct forkmap_function* function;
  void* host; /* belongs to the host */
} forkmap_chunk;

/* One item of a chunk, for functions that are called once an item. */
typedef struct forkmap_call {
  const forkmap_table* table;
  forkmap_chunk* chunk;
  uint64_t item;
  int32_t state;        /* 0; FORKMAP_CALL_FAILED; FORKMAP_CALL_FULL */
  uint32_t columns_set; /* bit c: result column c was returned; kept by the host's functions */
} forkmap_call;

enum { FORKMAP_CALL_FAILED = 1, FORKMAP_CALL_FULL = 2 };

/* What preload, start and stop hooks get. */
typedef struct forkmap_hook {
  const forkmap_table* table;
  uint32_t size_bytes;
  int32_t failed;
  void* host;
} forkmap_hook;

/* The host's side. Every entry is valid in the process that made the chunk, call or hook. */
struct forkmap_table {
  uint32_t size_bytes;
  uint32_t abi_version;
  /* Room for one variable result of an item, aligned for its element type; null: the item must be
   * given up at once and run() return FORKMAP_RUN_WINDOW_FULL (what the item had reserved is
   * dropped already; progress stays at the item). Variable columns in order, each once. */
  void* (*reserve)(forkmap_chunk* chunk, uint64_t item, uint32_t column, uint64_t size_bytes);
  /* Make `status` the outcome of the item, with a text (cut at 4 KiB with a mark):
   * FORKMAP_STATUS_FUNCTION_ERROR or FORKMAP_STATUS_BAD_ITEM; any other counts as the first. Drops
   * what the item has reserved, closes its result columns and stores its status, in a number of the
   * host's own. Does not move progress.
   * Returns 0: recorded, go on with the next item after forkmap_set_progress(). Anything else: no
   * room is left for the text; give the item up and return FORKMAP_RUN_WINDOW_FULL, as after a null
   * of reserve(). In an empty window there is always room. */
  int (*fail)(forkmap_chunk* chunk, uint64_t item, uint32_t status, const char* text,
              uint64_t text_bytes);
  /* A parameter of the pool; null if it was not given. Valid as long as the process. */
  const char* (*parameter)(const void* host, const char* name, uint64_t name_bytes,
                           uint64_t* value_bytes);
  /* The text of a hook that fails. */
  void (*fail_hook)(forkmap_hook* hook, const char* text, uint64_t text_bytes);
  /* The helpers below as real functions, for languages that cannot use static inlines. */
  int64_t (*argument_i64)(const forkmap_call* call, uint32_t column); /* any integer or bool */
  double (*argument_f64)(const forkmap_call* call, uint32_t column);  /* f32, f64 */
  const void* (*argument_bytes)(const forkmap_call* call, uint32_t column, uint64_t* size_bytes);
  void (*return_i64)(forkmap_call* call, uint32_t column, int64_t value);
  void (*return_f64)(forkmap_call* call, uint32_t column, double value);
  int (*return_bytes)(forkmap_call* call, uint32_t column, const void* data, uint64_t size_bytes);
  int (*fail_call)(forkmap_call* call, const char* text, uint64_t text_bytes);
  uint64_t (*item_index)(const forkmap_call* call);
  uint64_t (*item_seed)(const forkmap_call* call);
};

/* One function of a plugin. One entry is set: `run` (a loop over the chunk), `call` (once an item;
 * the host loops), or, alone, `run_vector`: called once for all items [first, count) of the chunk.
 *
 * V1 run_vector writes the results of all its items and returns FORKMAP_RUN_COMPLETE. It touches
 *    neither status nor progress: the host sets both, for all items at once.
 * V2 The results of an item do not depend, bit for bit, on the items beside it: the host cuts and
 *    cuts again as it likes, and any item may be computed more than once.
 * V3 Variable results are reserved item by item, in ascending order, each column of each item once.
 *    After a null of reserve() it returns FORKMAP_RUN_WINDOW_FULL; the host calls it again for
 *    fewer items.
 * V4 It fails as a whole (FORKMAP_RUN_FAILED). The host then calls it again for each item alone, so
 *    that only those which fail alone are errors. After a crash it does the same.
 */
typedef struct forkmap_function {
  uint32_t size_bytes;
  uint32_t flags;
  const char* name;
  const char* signature; /* "(f64, i64) -> (f64, i64)" */
  const char* doc;       /* one sentence */
  int (*run)(void* context, forkmap_chunk* chunk);
  int (*run_vector)(void* context, forkmap_chunk* chunk);
  int (*call)(forkmap_call* call);
  void* context;
} forkmap_function;

/* Flag of a plugin: a worker that leaves in peace does not end it (destructors, exit handlers). */
enum { FORKMAP_LEAVES_AT_ONCE = 1u };

/* What forkmap_plugin_v1() returns. Hooks may be null; a hook fails by a result other than 0. */
typedef struct forkmap_plugin {
  uint32_t size_bytes;
  uint32_t abi_version;
  const char* name;
  const char* version;
  const forkmap_function* functions;
  uint64_t function_count;
  int (*preload)(forkmap_hook* hook); /* once a pool, in the zygote */
  int (*start)(forkmap_hook* hook);   /* in each worker, before its first item */
  int (*stop)(forkmap_hook* hook);    /* in each worker that ends in peace */
  uint64_t flags; /* this and the next are not there in descriptors of the first headers */
  int* in_worker; /* null, or what a worker sets to 1 before it runs anything of the plugin */
} forkmap_plugin;

#define FORKMAP_ENTRY_SYMBOL "forkmap_plugin_v1"

/* Says that items before `complete` are complete. The worker alone writes the word. */
static inline void forkmap_set_progress(const forkmap_chunk* chunk, uint64_t complete) {
  /* SYNC: progress */
  __atomic_store_n(chunk->progress, ((uint64_t)chunk->turn << 32) | complete, __ATOMIC_RELEASE);
}

/* Room for one variable result of the item; see table->reserve. */
static inline void* forkmap_reserve(forkmap_chunk* chunk, uint64_t item, uint32_t column,
                                    uint64_t size_bytes) {
  return chunk->table->reserve(chunk, item, column, size_bytes);
}

/* --- helpers for functions that are called once an item ------------------------------------- */
static inline int64_t forkmap_arg_i64(const forkmap_call* call, uint32_t column) {
  return call->table->argument_i64(call, column);
}
static inline uint64_t forkmap_arg_u64(const forkmap_call* call, uint32_t column) {
  return (uint64_t)call->table->argument_i64(call, column);
}
static inline int forkmap_arg_bool(const forkmap_call* call, uint32_t column) {
  return call->table->argument_i64(call, column) != 0;
}
static inline double forkmap_arg_f64(const forkmap_call* call, uint32_t column) {
  return call->table->argument_f64(call, column);
}
/* str, bytes and arrays: the address and the size in bytes. Valid during the call. */
static inline const void* forkmap_arg_bytes(const forkmap_call* call, uint32_t column,
                                            uint64_t* size_bytes) {
  return call->table->argument_bytes(call, column, size_bytes);
}
static inline void forkmap_return_i64(forkmap_call* call, uint32_t column, int64_t value) {
  call->table->return_i64(call, column, value);
}
static inline void forkmap_return_u64(forkmap_call* call, uint32_t column, uint64_t value) {
  call->table->return_i64(call, column, (int64_t)value);
}
static inline void forkmap_return_bool(forkmap_call* call, uint32_t column, int value) {
  call->table->return_i64(call, column, value != 0);
}
static inline void forkmap_return_f64(forkmap_call* call, uint32_t column, double value) {
  call->table->return_f64(call, column, value);
}
/* Copies a str, bytes or array result. Returns 0, or another value if the window is full: the
 * function then returns at once, with any value, and the item is run again in an empty window. */
static inline int forkmap_return_bytes(forkmap_call* call, uint32_t column, const void* data,
                                       uint64_t size_bytes) {
  return call->table->return_bytes(call, column, data, size_bytes);
}
/* Makes the item a FunctionError with this text; `return forkmap_fail(call, "...")`. */
static inline int forkmap_fail(forkmap_call* call, const char* text) {
  return call->table->fail_call(call, text, strlen(text));
}
static inline uint64_t forkmap_item_index(const forkmap_call* call) {
  return call->table->item_index(call);
}
static inline uint64_t forkmap_item_seed(const forkmap_call* call) {
  return call->table->item_seed(call);
}
/* A parameter of the pool, or null. */
static inline const char* forkmap_parameter(const forkmap_call* call, const char* name,
                                            uint64_t* value_bytes) {
  return call->table->parameter(call->chunk->host, name, strlen(name), value_bytes);
}
static inline const char* forkmap_hook_parameter(const forkmap_hook* hook, const char* name,
                                                 uint64_t* value_bytes) {
  return hook->table->parameter(hook->host, name, strlen(name), value_bytes);
}
/* Makes the hook fail with this text; `return forkmap_fail_hook(hook, "...")`. */
static inline int forkmap_fail_hook(forkmap_hook* hook, const char* text) {
  hook->table->fail_hook(hook, text, strlen(text));
  return 1;
}

/* --- helpers for vectorized functions --------------------------------------------------------- */
/* Items of this call; its values are [0, forkmap_vector_count()) of the two pointers below. */
static inline uint64_t forkmap_vector_count(const forkmap_chunk* chunk) {
  return chunk->count - chunk->first;
}
/* The values of a fixed column: FORKMAP_VECTOR_ARGUMENT(double, chunk, 0). */
#define FORKMAP_VECTOR_ARGUMENT(type, chunk, column) \
  ((const type*)(chunk)->arguments[column].values + (chunk)->first)
#define FORKMAP_VECTOR_RESULT(type, chunk, column) \
  ((type*)(chunk)->results[column].values + (chunk)->first)
/* Makes the call fail with this text; `return forkmap_fail_vector(chunk, "...")`. */
static inline int forkmap_fail_vector(forkmap_chunk* chunk, const char* text) {
  (void)chunk->table->fail(chunk, chunk->first, FORKMAP_STATUS_FUNCTION_ERROR, text, strlen(text));
  return FORKMAP_RUN_FAILED;
}

/* --- the descriptor, in C --------------------------------------------------------------------- */
#define FORKMAP_FUNCTION_C(name, signature, function, doc) \
  {sizeof(forkmap_function), 0u, name, signature, doc, NULL, NULL, function, NULL}
/* A vectorized one: int function(void* context, forkmap_chunk* chunk). */
#define FORKMAP_VECTORIZED_C(name, signature, function, doc) \
  {sizeof(forkmap_function), 0u, name, signature, doc, NULL, function, NULL, NULL}

#define FORKMAP_PLUGIN_WITH_FLAGS_C(plugin_name, plugin_version, plugin_flags, preload, start, \
                                    stop, ...)                                                 \
  __attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void);        \
  __attribute__((visibility("default"))) const forkmap_plugin* forkmap_plugin_v1(void) {       \
    static const forkmap_function functions[] = {__VA_ARGS__};                                 \
    static const forkmap_plugin plugin = {sizeof(forkmap_plugin),                              \
                                          FORKMAP_ABI_VERSION,                                 \
                                          plugin_name,                                         \
                                          plugin_version,                                      \
                                          functions,                                           \
                                          sizeof(functions) / sizeof(functions[0]),            \
                                          preload,                                             \
                                          start,                                               \
                                          stop,                                                \
                                          plugin_flags,                                        \
                                          &forkmap_worker_mark};                               \
    return &plugin;                                                                            \
  }

#define FORKMAP_PLUGIN_WITH_HOOKS_C(plugin_name, plugin_version, preload, start, stop, ...) \
  FORKMAP_PLUGIN_WITH_FLAGS_C(plugin_name, plugin_version, 0u, preload, start, stop, __VA_ARGS__)

#define FORKMAP_PLUGIN_C(plugin_name, plugin_version, ...) \
  FORKMAP_PLUGIN_WITH_HOOKS_C(plugin_name, plugin_version, NULL, NULL, NULL, __VA_ARGS__)
/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif
#endif
