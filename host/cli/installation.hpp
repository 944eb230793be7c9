// SPDX-License-Identifier: Apache-2.0
//
// Where this program and the files that belong to it are: in a build tree or installed.
#pragma once

#include <string>

namespace forkmap::host {

struct Installation {
  bool in_build_tree = false;
  std::string prefix;       // of an installation; of a build tree its folder
  std::string include_dir;  // has forkmap/plugin.hpp
};

// Throws Error if the headers are neither beside the executable nor in the source tree it was built
// from.
[[nodiscard]] Installation find_installation();

}  // namespace forkmap::host
