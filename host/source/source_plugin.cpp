// SPDX-License-Identifier: Apache-2.0
#include "host/source/source_plugin.hpp"

#include <filesystem>
#include <forkmap/error.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/source/expression.hpp"
#include "host/source/expression_build.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

SourcePlugin::SourcePlugin(const SourceWord& word, const BuildOptions& options) {
  SourceBuild build(word, options);
  obtain(build.key(), plugin_name_of(word.file), options.is_forced,
         [&build](const BuildFolder& folder, const std::string& built) {
           return build.make(folder, built);
         });
  warnings_ = build.warnings();
}

SourcePlugin::SourcePlugin(const std::string& expression, const BuildOptions& options) {
  ExpressionBuild build(expression, options);
  obtain(build.key(), kExpressionPlugin, options.is_forced,
         [&build](const BuildFolder& folder, const std::string& built) {
           return build.make(folder, built);
         });
  warnings_ = build.warnings();
}

void SourcePlugin::obtain(const std::string& key, const std::string& name, bool is_forced,
                          const Make& make) {
  const BuildCache cache;
  const auto found = [&] {
    return cache.is_usable() && !is_forced ? cache.find(key) : std::nullopt;
  };
  if (const auto known = found()) {
    path_ = *known;
    return;
  }
  base::UniqueFd lock;
  if (cache.is_usable()) {
    lock = cache.lock(key);
    if (const auto known = found()) {  // somebody else has built it
      path_ = *known;
      return;
    }
  }
  if (cache.is_usable() && keep_new(cache, key, name, make)) return;
  BuildFolder folder(BuildCache::temporary_folder());
  const std::string built = folder.file(name + ".so");
  static_cast<void>(make(folder, built));
  path_ = built;
  folder_ = folder.give_away();
}

// False if there is no room for it.
bool SourcePlugin::keep_new(const BuildCache& cache, const std::string& key,
                            const std::string& name, const Make& make) {
  try {
    const BuildFolder folder(cache.new_folder());
    const std::string built = folder.file(name + ".so");
    const std::vector<std::string> files = make(folder, built);
    path_ = cache.keep(key, name, built, files);
    return true;
  } catch (const UsageError& error) {
    // So the compiler, or the linker, has said.
    if (std::string(error.what()).find("No space left on device") == std::string::npos) throw;
  } catch (const SystemError&) {
    path_.clear();
  }
  return false;
}

SourcePlugin::SourcePlugin(SourcePlugin&& other) noexcept
    : path_(std::move(other.path_)),
      warnings_(std::move(other.warnings_)),
      folder_(std::exchange(other.folder_, {})) {}

SourcePlugin::~SourcePlugin() {
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
}

void SourcePlugin::put(const std::string& place) const {
  std::error_code error;
  fs::copy_file(path_, place, fs::copy_options::overwrite_existing, error);
  if (error) base::throw_system_error("write " + place, error.value());
  fs::permissions(place,
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                      fs::perms::others_read | fs::perms::others_exec,
                  error);
}

std::vector<ListedFunction> listed_functions(const SourceWord& word, const BuildOptions& options) {
  const SourceBuild build(word, options);
  const BuildFolder folder(BuildCache().new_folder());
  return build.list(folder);
}

}  // namespace forkmap::host
