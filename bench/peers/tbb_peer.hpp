// SPDX-License-Identifier: Apache-2.0
//
// oneTBB, where the build found it: 2 threads of this process, no isolation.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace forkmap::bench {

[[nodiscard]] bool has_tbb() noexcept;
[[nodiscard]] std::string tbb_version();

// Both give seconds, with threads that are there already.
// out[i] = scale(in[i]) by parallel_for.
[[nodiscard]] double tbb_scale_seconds(std::span<const double> in, std::span<double> out);
// One task for each square.
[[nodiscard]] double tbb_square_tasks_seconds(std::size_t count);

}  // namespace forkmap::bench
