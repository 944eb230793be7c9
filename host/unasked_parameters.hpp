// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/outcome.hpp>
#include <string>
#include <vector>

#include "core/types/parameters.hpp"

namespace forkmap::host {

// After the stop hooks: a notice for each parameter that no function and no hook has asked for,
// with what was asked for in its place, if there is something like it.
[[nodiscard]] std::vector<std::string> unasked_notices(const types::Parameters& parameters);

// Whether the function has begun with an item that failed so. Where none has, it could not ask.
[[nodiscard]] bool has_run(ErrorKind kind) noexcept;

}  // namespace forkmap::host
