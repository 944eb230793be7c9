// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/options.hpp>
#include <span>
#include <string>

#include "host/shell/statement.hpp"

namespace forkmap::host {

// workers=N  retries=N  on-stale=fail|refork  recycle=N  window-bytes=N  seed=N  once
// param=KEY=VALUE. Throws UsageError.
[[nodiscard]] PoolOptions parse_pool_options(std::span<const ShellWord> words);

// A whole number from `least` on, "workers=x" being the text that is named in the error.
[[nodiscard]] int parse_count(const std::string& text, int least, const std::string& meaning);

}  // namespace forkmap::host
