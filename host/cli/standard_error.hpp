// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace forkmap::host {

// Writes all of the text to standard error. A descriptor that somebody else has made non-blocking
// is waited for, as if it were not; if nobody reads it any more, the text is lost, as there is
// nobody to be told.
void write_to_standard_error(std::string_view text) noexcept;

// Functions that run in this process write to its standard output and error themselves, by calls
// that lose text where a descriptor that does not block takes no more. While this lives, the
// descriptor blocks: it is opened once more, which whoever else has it does not notice; what cannot
// be opened so (a socket) is made to block, and is put back at the end.
class BlockingDescriptor {
 public:
  explicit BlockingDescriptor(int fd) noexcept;
  BlockingDescriptor(const BlockingDescriptor&) = delete;
  BlockingDescriptor& operator=(const BlockingDescriptor&) = delete;
  ~BlockingDescriptor();

 private:
  int fd_;
  bool is_to_put_back_ = false;
};

// Whether this process may draw on the terminal that is standard error: the jobs that a shell has
// sent to the background share it with the shell's prompt.
[[nodiscard]] bool is_in_foreground() noexcept;

}  // namespace forkmap::host
