// SPDX-License-Identifier: Apache-2.0
//
// The entries of forkmap_table that serve functions which are called once an item; see plugin.h. A
// column that does not exist or has another type is noted as the function's misuse, and read as 0.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>

namespace forkmap::types {

[[nodiscard]] std::int64_t argument_i64(const forkmap_call* call, std::uint32_t column);
[[nodiscard]] double argument_f64(const forkmap_call* call, std::uint32_t column);
[[nodiscard]] const void* argument_bytes(const forkmap_call* call, std::uint32_t column,
                                         std::uint64_t* size_bytes);

// A value that is not in the range of its column is a misuse as well; any value but 0 is true.
void return_i64(forkmap_call* call, std::uint32_t column, std::int64_t value);
void return_f64(forkmap_call* call, std::uint32_t column, double value);
// 0, or the item is to be given up: its state or misuse says why.
int return_bytes(forkmap_call* call, std::uint32_t column, const void* data,
                 std::uint64_t size_bytes);
// Never 0.
int fail_call(forkmap_call* call, const char* text, std::uint64_t text_bytes);

[[nodiscard]] std::uint64_t call_item_index(const forkmap_call* call);
[[nodiscard]] std::uint64_t call_item_seed(const forkmap_call* call);

}  // namespace forkmap::types
