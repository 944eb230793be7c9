// SPDX-License-Identifier: Apache-2.0
#include "host/cli/installation.hpp"

#include <filesystem>
#include <forkmap/error.hpp>

#include "core/base/executable_path.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHeader = "forkmap/plugin.hpp";

}  // namespace

Installation find_installation() {
  const fs::path prefix = fs::path(base::executable_path()).parent_path().parent_path();
  if (fs::exists(prefix / "include" / kHeader)) {
    return {false, prefix.string(), (prefix / "include").string()};
  }
  // The source tree that this executable was compiled from; known to its build tree only.
  const fs::path source_headers = FORKMAP_HEADER_FOLDER;
  if (fs::exists(prefix / "CMakeCache.txt") && fs::exists(source_headers / kHeader)) {
    return {true, prefix.string(), source_headers.string()};
  }
  throw Error("cannot find " + std::string(kHeader) + ": it is not in " +
              (prefix / "include").string() +
              ", and this executable stands in no build tree; install forkmap as a whole");
}

}  // namespace forkmap::host
