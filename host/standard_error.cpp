// SPDX-License-Identifier: Apache-2.0
#include "host/standard_error.hpp"

#include <unistd.h>

#include "core/base/write_all.hpp"

namespace forkmap::host {

void write_to_standard_error(std::string_view text) noexcept {
  (void)base::write_all(STDERR_FILENO, text, base::WhenFull::wait);
}

bool is_in_foreground() noexcept { return ::tcgetpgrp(STDERR_FILENO) == ::getpgrp(); }

}  // namespace forkmap::host
