// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::host {

// Where lines are copied to: one behind the other, without their terminators.
struct LineRoom {
  unsigned char* bytes = nullptr;
  std::uint64_t bytes_used = 0;
  std::uint64_t bytes_capacity = 0;
  std::uint64_t bytes_aim = 0;    // no line is begun once so many are used; 0: no aim
  std::uint64_t* ends = nullptr;  // fill of `bytes` behind each line
  std::uint64_t count = 0;
  std::uint64_t last_count = 0;  // so many lines at most

  [[nodiscard]] bool is_filled() const noexcept {
    return count == last_count || (bytes_aim > 0 && bytes_used >= bytes_aim);
  }
};

// Copies the line [begin, line_end); false if it does not fit.
[[nodiscard]] bool append_line(LineRoom& room, const char* begin, const char* line_end) noexcept;

// Copies lines of [begin, end) that have their terminator there, until the room is filled or the
// next line does not fit. Returns the begin of the first line that was not copied. Before `scanned`
// there is no terminator, and nothing is looked for.
[[nodiscard]] const char* copy_whole_lines(const char* begin, const char* scanned, const char* end,
                                           char terminator, LineRoom& room) noexcept;

}  // namespace forkmap::host
