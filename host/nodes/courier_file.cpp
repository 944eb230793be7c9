// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/courier_file.hpp"

#include <unistd.h>

#include <filesystem>

#include "core/base/executable_path.hpp"
#include "host/cli/usage_error.hpp"
#include "host/options/launcher.hpp"

namespace forkmap::host {

namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "forkmap-courier";

bool is_program(const fs::path& file) { return ::access(file.c_str(), X_OK) == 0; }

}  // namespace

std::string courier_file(const std::string& named) {
  std::string file = named;
  std::string by = "--courier";
  if (const char* const set = environment_variable("FORKMAP_COURIER"); file.empty() && set) {
    file = set;
    by = "FORKMAP_COURIER";
  }
  if (!file.empty()) {
    if (is_program(file)) return fs::absolute(file).string();
    throw UsageError(by + ": " + file + " is no program that can be run");
  }
  const fs::path folder = fs::path(base::executable_path()).parent_path();
  const fs::path prefix = folder.parent_path();
  for (const fs::path& place : {folder / kName, prefix / "libexec" / "forkmap" / kName}) {
    if (is_program(place)) return place.string();
  }
  throw UsageError(
      "--nodes: there is no courier, the program that speaks MPI: this forkmap was built without "
      "MPI. Build it with the MPI of these machines, mpicxx -std=c++20 -O2 -o forkmap-courier " +
      (prefix / "share" / "forkmap" / "courier" / "courier.cpp").string() +
      ", and name it with --courier");
}

}  // namespace forkmap::host
