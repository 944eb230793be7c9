// SPDX-License-Identifier: Apache-2.0
#include "host/compiler_flags.hpp"

namespace forkmap::host {

std::vector<std::string> compiler_flags(const Installation& installation, Language language) {
  std::vector<std::string> flags;
  if (language == Language::cxx) flags.emplace_back("-std=c++20");
  flags.insert(flags.end(), {"-O2", "-fPIC", "-shared"});
  if (language != Language::fortran) {
    flags.insert(flags.end(), {"-fvisibility=hidden", "-fno-gnu-unique"});
  }
  flags.push_back("-I" + installation.include_dir);
  return flags;
}

}  // namespace forkmap::host
