// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace forkmap::testing {

// What this process, and what it starts meanwhile, writes to standard error while `run` runs.
std::string error_text_of(const std::function<void()>& run);

}  // namespace forkmap::testing
