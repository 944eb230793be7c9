// SPDX-License-Identifier: Apache-2.0
//
// Libraries of one name and different content. A process has one library of a name: who needs
// another one of that name gets, without a word, the one that was there first.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

struct OtherLibrary {
  std::string name;        // as it is needed: "libdep.so.1"
  std::string user;        // the file that needs it
  std::string wanted;      // the file that its search path has for it
  std::string loaded;      // the file that it got
  std::string brought_by;  // the plugin for which that was loaded; empty: the program
  bool was_there = false;  // loaded before; else by the same load, as in any program
};

// Compares what those of `objects` from `first_fresh` on, which a load has added, need with what
// they got: files, by their content. A library that the program itself has brought does for all if
// it has versions, which the dynamic loader compares; a preloaded one does for all. What the loader
// finds nowhere, now, is not told.
[[nodiscard]] std::vector<OtherLibrary> other_libraries(std::span<const LinkedObject> objects,
                                                        std::size_t first_fresh);

// "libdep.so.1: ./two.so needs ./b/libdep.so.1; loaded is ./a/libdep.so.1, ..."
[[nodiscard]] std::string other_library_text(const OtherLibrary& library);

}  // namespace forkmap::plugin
