// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::base {

// "processes are limited (ulimit -u is 5), ...": which limit is likely to be behind EAGAIN of fork,
// EMFILE, ENFILE or ENOMEM; nothing for other numbers.
[[nodiscard]] std::string limit_behind(int error_number);

// The text of an error number, and that.
[[nodiscard]] std::string explained_error_text(int error_number);

}  // namespace forkmap::base
