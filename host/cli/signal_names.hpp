// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace forkmap::host {

// "KILL", "SIGKILL" or "9"; nothing if there is no such signal.
[[nodiscard]] std::optional<int> signal_named(const std::string& name);

// "SIGKILL"; "signal 40" for one without a name.
[[nodiscard]] std::string name_of_signal(int number);

// Whether a process that does nothing about it dies of it.
[[nodiscard]] bool is_deadly(int number);

}  // namespace forkmap::host
