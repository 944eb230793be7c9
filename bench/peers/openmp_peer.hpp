// SPDX-License-Identifier: Apache-2.0
//
// OpenMP, where the compiler has it: 2 threads of this process, no isolation.
#pragma once

#include <span>
#include <string>

namespace forkmap::bench {

[[nodiscard]] bool has_openmp() noexcept;
[[nodiscard]] std::string openmp_version();

// All give seconds.
// out[i] = scale(in[i]), half of the array for each thread.
[[nodiscard]] double openmp_scale_seconds(std::span<const double> in, std::span<double> out);
// Spins for each duration, one item at a time for each thread.
[[nodiscard]] double openmp_spin_seconds(std::span<const double> durations_us);

}  // namespace forkmap::bench
