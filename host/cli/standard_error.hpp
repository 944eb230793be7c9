// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace forkmap::host {

// Writes all of the text to standard error. A descriptor that somebody else has made non-blocking
// is waited for, as if it were not; if nobody reads it any more, the text is lost, as there is
// nobody to be told.
void write_to_standard_error(std::string_view text) noexcept;

// Whether this process may draw on the terminal that is standard error: the jobs that a shell has
// sent to the background share it with the shell's prompt.
[[nodiscard]] bool is_in_foreground() noexcept;

}  // namespace forkmap::host
