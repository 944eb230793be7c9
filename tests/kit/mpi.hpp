// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::tests {

// Whether forkmap has its courier, and an mpirun starts programs here. If not, this test is told as
// skipped.
[[nodiscard]] bool has_mpi();

}  // namespace forkmap::tests
