// SPDX-License-Identifier: Apache-2.0
//
// The files of a new plugin project, as texts.
#pragma once

#include <string>

#include "host/cli/installation.hpp"

namespace forkmap::host {

struct PluginProject {
  std::string source;   // NAME.cpp
  std::string cmake;    // CMakeLists.txt
  std::string readme;   // README.md
  std::string command;  // builds NAME.so without CMake, from inside the folder
};

// `name` is a C identifier.
[[nodiscard]] PluginProject plugin_project(const std::string& name,
                                           const Installation& installation);

}  // namespace forkmap::host
