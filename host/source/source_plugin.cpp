// SPDX-License-Identifier: Apache-2.0
#include "host/source/source_plugin.hpp"

#include <filesystem>
#include <forkmap/error.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/source/build_cache.hpp"
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
  BuildFolder folder(cache.new_folder());
  const std::string built = folder.file(name + ".so");
  const std::vector<std::string> files = make(folder, built);
  if (cache.is_usable()) {
    try {
      path_ = cache.keep(key, name, built, files);
      return;
    } catch (const SystemError&) {
      // No room there: it is used from where it was built.
      if (!fs::exists(built)) throw;
    }
  }
  path_ = built;
  folder_ = folder.give_away();
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
