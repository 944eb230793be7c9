// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forkmap::base {

// "SIGKILL", "SIGRTMIN", "SIGRTMIN+3"; "signal 99" for a number that has no name.
[[nodiscard]] std::string signal_name(int number);

// "KILL", "SIGKILL", "SIGRTMIN+3" or "9"; nothing if there is no such signal.
[[nodiscard]] std::optional<int> signal_named(std::string_view name);

// Whether a process that does nothing about it dies of it.
[[nodiscard]] bool is_deadly(int number);

}  // namespace forkmap::base
