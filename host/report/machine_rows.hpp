// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/report/run_record.hpp"

namespace forkmap::host {

// What is known of the machine: "cores", "processor", "memory", "system", "host".
[[nodiscard]] NamedTexts machine_rows();

}  // namespace forkmap::host
