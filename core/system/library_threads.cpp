// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstdlib>
#include <forkmap/error.hpp>
#include <forkmap/library_threads.hpp>
#include <string>

#include "core/base/system_error.hpp"

namespace forkmap {

namespace {

constexpr std::array kVariables = {
    "OMP_NUM_THREADS",  "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",      "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS",  "VECLIB_MAXIMUM_THREADS"};

}  // namespace

std::span<const char* const> library_thread_variables() noexcept { return kVariables; }

void limit_library_threads(int threads) {
  if (threads < 1) {
    throw InvalidOption("libraries cannot have " + std::to_string(threads) + " threads");
  }
  const std::string value = std::to_string(threads);
  for (const char* const name : kVariables) {
    constexpr int kKeepWhatTheUserSet = 0;
    if (::setenv(name, value.c_str(), kKeepWhatTheUserSet) != 0) {
      base::throw_system_error("set the environment variable " + std::string(name), errno);
    }
  }
}

}  // namespace forkmap
