// SPDX-License-Identifier: Apache-2.0
//
// Loads the plugins that it is given, says what they have, and leaves main in the ordinary way.
#include <cstdio>

#include <forkmap/registry.hpp>

int main(int count, char* arguments[]) {
  forkmap::Registry registry;
  for (int number = 1; number < count; ++number) registry.load(arguments[number]);
  for (const forkmap::FunctionInfo& function : registry.functions()) {
    std::puts(function.full_name.c_str());
  }
  return registry.functions().empty() ? 1 : 0;
}
