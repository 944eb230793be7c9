// SPDX-License-Identifier: Apache-2.0
//
// What worker and host agree on about the contents of a result window beyond its columns.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace forkmap::pool {

// Flags of a result cell beyond those of the lane.
inline constexpr std::uint32_t kStaleFunction = 4;    // the worker's registry has no such function
inline constexpr std::uint32_t kRefusedFunction = 8;  // the record cannot be run
inline constexpr std::uint32_t kAllValues = 16;       // in the arena: no status needs to be read
// What the function of the task, or of one shortly before it, has left behind in the worker.
inline constexpr std::uint32_t kLeftFloats = 32;   // a floating-point environment
inline constexpr std::uint32_t kLeftTimer = 64;    // a timer that runs
inline constexpr std::uint32_t kLeftMask = 128;    // another mask of signals
inline constexpr std::uint32_t kLeftFolder = 256;  // another working directory
inline constexpr std::uint32_t kLeftUmask = 512;
inline constexpr std::uint32_t kLeftLocale = 1024;

// Printed lines stand behind the bytes area: their u64 ends[count] if the task asks for them, then
// the characters.
[[nodiscard]] constexpr std::uint64_t text_area_offset_bytes(std::uint64_t fill) noexcept {
  return (fill + 7) / 8 * 8;
}

// The text of a BadItem begins with its column.
[[nodiscard]] inline std::string bad_item_text(std::uint32_t column, std::string_view reason) {
  std::string text(sizeof column, '\0');
  std::memcpy(text.data(), &column, sizeof column);
  return text.append(reason);
}

}  // namespace forkmap::pool
