// SPDX-License-Identifier: Apache-2.0
//
// The end of the command. Its results are written and its status is decided; then what plugins have
// begun in this process is ended, for a bounded time, and whatever that does the status stays.
#pragma once

#include "core/plugin/object_list.hpp"

namespace forkmap::host {

// Ends the process. `own`: what it had loaded before any plugin; the rest is ended. A destructor or
// exit handler that crashes, hangs or calls exit() is told on standard error.
[[noreturn]] void end_command(const plugin::ObjectList& own, int status);

}  // namespace forkmap::host
