// SPDX-License-Identifier: Apache-2.0
//
// Symbols that were taken away from a plugin's own libraries. The dynamic loader looks for a symbol
// in what the program has loaded first: a library with a gamma() of its own then calls that of the
// C library, without a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

struct TakenSymbol {
  std::string symbol;    // demangled
  std::string user;      // the file that refers to it
  std::string bound_to;  // the file whose symbol it got
  std::string own;       // the file, loaded for the plugin, that defines it
  std::uint64_t slot = 0;
  std::uint64_t right_value = 0;  // of the slot, for the plugin's own
};

// Looks at every slot of a plugin and of what it needs, and of all that loading it has added:
// `objects` from `first_fresh` on. `handle` is what dlopen() gave for it. A symbol counts as taken
// if its slot leads to what was there before, while the plugin's own libraries have a strong
// definition of it. Not counted is what a process has once only (memory allocation, operator new
// and delete, the run-time of the language), what was asked for in a version of the library that it
// is bound to, and what a preloaded library has taken, which is there to do that.
[[nodiscard]] std::vector<TakenSymbol> taken_symbols(void* handle,
                                                     std::span<const LinkedObject> objects,
                                                     std::size_t first_fresh);

// Puts the right value into each slot: `--bind own`. Throws SystemError where a page cannot be made
// writable.
void give_back(std::span<const TakenSymbol> taken, std::span<const LinkedObject> objects);

// "gamma in ./libphys.so is bound to libm.so.6; its own libraries define it in ./libphys.so", with
// the cure. `taken` is not empty.
[[nodiscard]] std::string taken_text(std::span<const TakenSymbol> taken);

}  // namespace forkmap::plugin
