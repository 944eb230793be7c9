// SPDX-License-Identifier: Apache-2.0
//
// A plugin that looks for files beside itself: where the dynamic loader says that its code is, and
// by $ORIGIN.
#include <dlfcn.h>

#include <forkmap/plugin.hpp>
#include <fstream>
#include <stdexcept>
#include <string>

namespace {

Dl_info own_object() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&own_object), &info) == 0) info.dli_fname = "nothing";
  return info;
}

std::string own_file() { return own_object().dli_fname; }

std::string file_of(std::int64_t) { return own_file(); }

std::int64_t value_beside(std::int64_t) {
  const std::string path = own_file();
  std::ifstream file(path.substr(0, path.rfind('/')) + "/value.txt");
  std::int64_t value = 0;
  if (!(file >> value)) throw std::runtime_error("there is no value.txt beside " + path);
  return value;
}

#ifdef EAGER
const std::int64_t value_at_load = [] {
  std::ifstream file(own_file().substr(0, own_file().rfind('/')) + "/value.txt");
  std::int64_t value = 0;
  if (!(file >> value)) throw std::runtime_error("there is no value.txt beside " + own_file());
  return value;
}();
#endif

#ifdef WITH_ORIGIN
std::int64_t helper_beside(std::int64_t) {
  void* const helper = ::dlopen("$ORIGIN/origin_helper.so", RTLD_NOW);
  if (helper == nullptr) throw std::runtime_error(::dlerror());
  auto* const value = reinterpret_cast<int (*)()>(::dlsym(helper, "origin_helper"));
  return value == nullptr ? -1 : value();
}
#else
// Itself, by the name that it was told.
std::int64_t helper_beside(std::int64_t) {
  void* const self = ::dlopen(own_file().c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (self == nullptr) throw std::runtime_error(::dlerror());
  const void* const entry = ::dlsym(self, FORKMAP_ENTRY_SYMBOL);
  ::dlclose(self);
  Dl_info info{};
  return ::dladdr(entry, &info) != 0 && info.dli_fbase == own_object().dli_fbase ? 17 : -1;
}
#endif

}  // namespace

FORKMAP_PLUGIN(PLUGIN_NAME, "1.0",
               forkmap::function<file_of>("file_of", "The file that the plugin is in."),
               forkmap::function<value_beside>("value_beside", "What value.txt beside it says."),
               forkmap::function<helper_beside>("helper_beside", "17, from beside it."))
