// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/library_search.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "core/plugin/elf_file.hpp"
#include "core/plugin/loader_cache.hpp"

namespace forkmap::plugin {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> search_path_of(const std::string& object) {
  std::vector<std::string> folders;
  void* const handle = ::dlopen(object.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle == nullptr) {
    (void)::dlerror();
    return folders;
  }
  Dl_serinfo sizes{};
  if (::dlinfo(handle, RTLD_DI_SERINFOSIZE, &sizes) == 0) {
    // The size and number must be in the buffer, too.
    std::vector<std::max_align_t> buffer(sizes.dls_size / sizeof(std::max_align_t) + 1);
    auto* const info = reinterpret_cast<Dl_serinfo*>(buffer.data());
    *info = sizes;
    if (::dlinfo(handle, RTLD_DI_SERINFOSIZE, info) == 0 &&
        ::dlinfo(handle, RTLD_DI_SERINFO, info) == 0) {
      const auto* const first = info->dls_serpath;
      for (unsigned number = 0; number < info->dls_cnt; ++number) {
        folders.emplace_back(first[number].dls_name);
      }
    }
  }
  ::dlclose(handle);
  return folders;
}

// The cache comes before the folders of the system, which stand at the end.
std::size_t folders_before_cache(const std::vector<std::string>& folders) {
  const auto is_of_system = [](const std::string& folder) {
    constexpr std::array<std::string_view, 8> kSystem = {"/lib/x86_64-linux-gnu",
                                                         "/usr/lib/x86_64-linux-gnu",
                                                         "/lib/aarch64-linux-gnu",
                                                         "/usr/lib/aarch64-linux-gnu",
                                                         "/lib64",
                                                         "/usr/lib64",
                                                         "/lib",
                                                         "/usr/lib"};
    std::string_view name = folder;
    while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    return std::ranges::find(kSystem, name) != kSystem.end();
  };
  std::size_t count = folders.size();
  while (count > 0 && is_of_system(folders[count - 1])) --count;
  return count;
}

bool is_there(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Empty if it has none, or cannot be opened; nothing if its notes are not where it says.
std::optional<std::string> build_id_of_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::string();
  return read_build_id(file.get(), static_cast<std::uint64_t>(status.st_size));
}

// Whether the file is what was loaded: that file, not known to be replaced since, or a copy of it.
bool is_content_of(const std::string& path, const LinkedObject& loaded) {
  const auto in_file = build_id_of_file(path);
  const auto in_memory = loaded.build_id();
  if (in_file && in_memory && *in_file != *in_memory) return false;
  std::error_code error;
  if (fs::equivalent(path, loaded.name(), error) && !error) return true;
  return bytes_of(path) == bytes_of(loaded.name());
}

// Where in the folder the loader may have found the loaded file: there, or below it in the folder
// of a kind of processor.
bool has_better_copy(const std::string& folder, const LinkedObject& loaded) {
  return loaded.name().starts_with(folder + "/glibc-hwcaps/") ||
         loaded.name().starts_with(folder + "/tls/") ||
         loaded.name().starts_with(folder + "/haswell/") ||
         loaded.name().starts_with(folder + "/x86_64/");
}

}  // namespace

LibrarySearch::LibrarySearch(const std::string& object) : folders_(search_path_of(object)) {}

std::optional<std::string> LibrarySearch::other_file(const std::string& name,
                                                     const LinkedObject& loaded) const {
  const auto differing = [&](const std::string& path) -> std::optional<std::string> {
    return is_content_of(path, loaded) ? std::nullopt : std::optional(path);
  };
  if (name.find('/') != std::string::npos) {
    return is_there(name) ? differing(name) : std::nullopt;
  }
  const std::size_t before_cache = folders_before_cache(folders_);
  for (std::size_t number = 0; number < folders_.size(); ++number) {
    if (number == before_cache) {
      const std::vector<std::string> cached = cached_libraries(name);
      const bool is_one_of_them = std::ranges::any_of(
          cached, [&](const std::string& path) { return is_content_of(path, loaded); });
      if (is_one_of_them) return std::nullopt;
      if (!cached.empty()) return cached.front();
    }
    if (has_better_copy(folders_[number], loaded)) return std::nullopt;
    const std::string path = folders_[number] + "/" + name;
    if (is_there(path)) return differing(path);
  }
  return std::nullopt;
}

}  // namespace forkmap::plugin
