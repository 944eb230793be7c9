// SPDX-License-Identifier: Apache-2.0
#include "core/base/executable_path.hpp"

#include <sys/auxv.h>

#include <filesystem>
#include <string_view>
#include <system_error>

namespace forkmap::base {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRemoved = " (deleted)";

std::string started_as() {
  // The kernel gives it as a number. NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* const name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (name == nullptr || *name == '\0') return "forkmap";
  std::error_code error;
  const fs::path path = fs::absolute(name, error);
  return error ? name : path.lexically_normal().string();
}

}  // namespace

std::string executable_path() {
  std::error_code error;
  std::string path = fs::read_symlink("/proc/self/exe", error).string();
  if (error) return started_as();
  if (path.ends_with(kRemoved) && !fs::exists(path, error)) {
    path.resize(path.size() - kRemoved.size());
    if (const std::string started = started_as();
        !fs::exists(path, error) && fs::exists(started, error)) {
      return started;  // it was moved away first
    }
  }
  return path;
}

}  // namespace forkmap::base
