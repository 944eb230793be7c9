// SPDX-License-Identifier: Apache-2.0
//
// The one place that writes until everything is written, whatever signals come meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace forkmap::base {

// What became of a write: all of it is there, or so many bytes of its beginning and the number of
// the error. A system that takes nothing and says no error has no room: ENOSPC.
struct [[nodiscard]] Written {
  std::size_t bytes = 0;
  int error = 0;

  [[nodiscard]] bool is_all() const noexcept { return error == 0; }
};

// What is done where a descriptor that does not block takes no more now.
enum class WhenFull : std::uint8_t {
  stop,  // EAGAIN, as any other error
  wait,  // until it takes more, as if it did block
};

// Both may be called by handlers of signals.
Written write_all(int fd, std::string_view text, WhenFull when_full = WhenFull::stop) noexcept;
// From that byte of a file on; where the descriptor stands does not change.
Written write_all_at(int fd, std::string_view text, std::uint64_t offset_bytes) noexcept;

// Writes the buffer, which then has what was not written: nothing, unless it throws SystemError,
// with the name of the file.
void write_out(int fd, std::string& buffer, const std::string& name);

}  // namespace forkmap::base
