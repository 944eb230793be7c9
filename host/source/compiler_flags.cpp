// SPDX-License-Identifier: Apache-2.0
#include "host/source/compiler_flags.hpp"

#include <glob.h>

#include <forkmap/error.hpp>

namespace forkmap::host {

namespace {

// Where compilers look by themselves. To name such a folder again, as one of the system's, breaks
// the order in which the standard library's headers find each other.
bool is_searched_anyway(const std::string& folder) {
  return folder == "/usr/include" || folder == "/usr/local/include";
}

}  // namespace

std::vector<std::string> compiler_flags(const Installation& installation, Language language) {
  std::vector<std::string> flags;
  if (language == Language::cxx) flags.emplace_back("-std=c++20");
  flags.insert(flags.end(), {"-O2", "-fPIC", "-shared"});
  const std::string& folder = installation.include_dir;
  if (language == Language::fortran) {
    flags.push_back("-I" + folder);
    return flags;
  }
  flags.emplace_back("-fvisibility=hidden");
  if (!is_searched_anyway(folder)) flags.insert(flags.end(), {"-isystem", folder});
  // In place of -fno-gnu-unique, which Clang refuses.
  if (language == Language::cxx) {
    flags.insert(flags.end(),
                 {"-Xlinker", "--version-script", "-Xlinker", folder + "/forkmap/plugin.map"});
  }
  return flags;
}

std::string unquoted_word(const std::string& word) {
  std::string pattern = word;
  for (char& c : pattern) {
    if (std::string_view(" \t\n*?[\\").find(c) != std::string_view::npos) c = '?';
  }
  if (pattern == word) return word;
  glob_t found{};
  const bool is_good = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0 &&
                       found.gl_pathc == 1 && found.gl_pathv[0] == word;
  ::globfree(&found);
  if (!is_good) {
    throw Error("the path \"" + word +
                "\" has a space, or a character that shells read as a "
                "pattern, and cannot be printed for a command line; install forkmap elsewhere, or "
                "use CMake: forkmap new");
  }
  return pattern;
}

}  // namespace forkmap::host
