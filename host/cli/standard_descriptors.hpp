// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// Opens what is missing of descriptors 0, 1 and 2, so that no file of ours gets such a number.
// Using the replacement of 0 or 1 is an error (EBADF), as it was before.
void complete_standard_descriptors();

// From now on what plugins print to standard output goes to standard error. Returns the real one.
// Throws SystemError.
[[nodiscard]] base::UniqueFd keep_standard_output_for_results();

}  // namespace forkmap::host
