// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::host {

// One word for a POSIX shell: as it is where nothing in it is special, else in single quotes;
// $'...' (POSIX 2024, bash, zsh, ksh) where it has characters that cannot be shown, so that
// it stays on one line and can be copied from a terminal. The text must not contain NUL.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace forkmap::host
