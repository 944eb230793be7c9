// SPDX-License-Identifier: Apache-2.0
//
// A plugin whose own end uses the library that it needs, which therefore must end later.
#include <cstdint>

#include <forkmap/plugin.hpp>

extern "C" long needed_count(long x);

namespace {

struct LastWord {
  ~LastWord() {
    if (forkmap::in_worker()) (void)needed_count(1000);
  }
};
const LastWord last_word;

std::int64_t count(std::int64_t x) { return needed_count(x); }

}  // namespace

FORKMAP_PLUGIN("needing", "1.0", forkmap::function<count>("count", "Add up in the library."))
