// SPDX-License-Identifier: Apache-2.0
//
// The parts of a ProcessState, by the file that makes them.
#pragma once

#include <memory>

#include "core/base/process_state.hpp"

namespace forkmap::base {

using StatePartPointer = std::unique_ptr<const StatePart>;

// signal_parts.cpp
[[nodiscard]] StatePartPointer timers_part();   // before the signals: they would come
[[nodiscard]] StatePartPointer signals_part();  // dispositions, mask, alternate stack
[[nodiscard]] StatePartPointer floats_part();

// file_parts.cpp
[[nodiscard]] StatePartPointer folder_part();
[[nodiscard]] StatePartPointer umask_part();
[[nodiscard]] StatePartPointer standard_descriptors_part();

// resource_parts.cpp
[[nodiscard]] StatePartPointer limits_part();
[[nodiscard]] StatePartPointer scheduling_part();  // processors, priority, policy
[[nodiscard]] StatePartPointer memory_locks_part();

// setting_parts.cpp
[[nodiscard]] StatePartPointer locale_part();
[[nodiscard]] StatePartPointer settings_part();  // prctl()
[[nodiscard]] StatePartPointer identity_part();  // see setting_parts.cpp
[[nodiscard]] StatePartPointer environment_part();

}  // namespace forkmap::base
