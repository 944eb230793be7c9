// SPDX-License-Identifier: Apache-2.0
#include "core/process/own_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace forkmap::process {

void set_in_environment(char* assignment) {
  std::size_t count = 0;
  while (environ != nullptr && environ[count] != nullptr) ++count;
  auto copy = std::make_unique<char*[]>(count + 2);  // its last place is null
  copy[0] = assignment;  // the first one of a name is what getenv() finds
  std::copy_n(environ, count, &copy[1]);
  environ = copy.release();  // the old array may be the C library's: nobody frees it
}

}  // namespace forkmap::process
