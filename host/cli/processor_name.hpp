// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::host {

// As the kernel names it; empty where it does not.
[[nodiscard]] std::string processor_name();

}  // namespace forkmap::host
