// SPDX-License-Identifier: Apache-2.0
//
// A piece of a test that runs in a child, since it is to die of a signal or to change limits.
#pragma once

#include <functional>

namespace forkmap::tests {

// Runs `body` in a forked child, which leaves by _exit with what it returns. Gives the status as
// waitpid does.
[[nodiscard]] int run_forked(const std::function<int()>& body);

[[nodiscard]] bool exited_with(int status, int code);
[[nodiscard]] bool died_of(int status, int signal);

}  // namespace forkmap::tests
