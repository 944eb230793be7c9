// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/fortran_units.hpp"

#include <dlfcn.h>
#include <link.h>

#include <string_view>

#include "core/base/file_name.hpp"

namespace forkmap::plugin {

namespace {

bool is_run_time_library(std::string_view path) noexcept {
  return base::file_name(path).starts_with("libgfortran.so");
}

}  // namespace

FortranUnits::FortranUnits() noexcept {
  void* const program = ::dlopen(nullptr, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (program == nullptr) return;
  if (::dlinfo(program, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) map = nullptr;
  for (; map != nullptr && flush_ == nullptr; map = map->l_next) {
    if (!is_run_time_library(map->l_name)) continue;
    void* const library = ::dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) continue;
    flush_ = reinterpret_cast<Flush*>(::dlsym(library, "_gfortran_flush_i4"));
    ::dlclose(library);  // it stays: some object needs it
  }
  ::dlclose(program);
}

void FortranUnits::flush_standard() const noexcept {
  constexpr int kOutput = 6;
  constexpr int kError = 0;
  for (int unit : {kOutput, kError}) flush_(&unit);
}

}  // namespace forkmap::plugin
