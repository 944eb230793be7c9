// SPDX-License-Identifier: Apache-2.0
#include "tests/kit/mpi.hpp"

#include <unistd.h>

#include <cstdlib>

#include "tests/catch.hpp"

namespace forkmap::tests {

namespace {

// In a container the tests run as root. Some of them have no network, and so no MPI.
constexpr const char* kTrial =
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
    "timeout 60 mpirun -n 1 true > /dev/null 2>&1";

const char* missing() {
  if (::access(FORKMAP_COURIER, X_OK) != 0) return "forkmap was built without MPI";
  // Before there are threads. NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c)
  if (std::system(kTrial) != 0) return "no mpirun starts a program here";
  return nullptr;
}

}  // namespace

bool has_mpi() {
  static const char* const what = missing();
  if (what == nullptr) return true;
  WARN("SKIPPED: " << what);
  SUCCEED();
  return false;
}

}  // namespace forkmap::tests
