// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

int merge_command(Arguments arguments);

}  // namespace forkmap::host
