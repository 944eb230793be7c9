// SPDX-License-Identifier: Apache-2.0
//
// A plugin opened by the tests themselves, without the loader.
#pragma once

#include <dlfcn.h>
#include <forkmap/plugin.h>

#include <stdexcept>
#include <string>

#include "tests/include/text_run.hpp"

namespace forkmap::test {

// Never closed. Throws std::runtime_error with dlopen's text.
inline const forkmap_plugin& open_plugin(const std::string& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(::dlerror());
  void* const entry = ::dlsym(handle, FORKMAP_ENTRY_SYMBOL);
  if (entry == nullptr) throw std::runtime_error(path + " has no " FORKMAP_ENTRY_SYMBOL);
  return *reinterpret_cast<const forkmap_plugin* (*)()>(entry)();
}

inline const forkmap_plugin& example_plugin(const std::string& name) {
  return open_plugin(std::string(FORKMAP_PLUGIN_DIR) + '/' + name + ".so");
}
inline const forkmap_plugin& bad_plugin(const std::string& name) {
  return open_plugin(std::string(FORKMAP_TEST_PLUGIN_DIR) + '/' + name + ".so");
}

}  // namespace forkmap::test
