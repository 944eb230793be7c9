// SPDX-License-Identifier: Apache-2.0
//
// From a source file, or an expression, to a plugin: compiled, or found among those that were
// compiled before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/source/build_cache.hpp"
#include "host/source/build_folder.hpp"
#include "host/source/build_options.hpp"
#include "host/source/source_build.hpp"
#include "host/source/source_word.hpp"

namespace forkmap::host {

class SourcePlugin {
 public:
  // Throw UsageError, with the compiler's messages or the reason, if it cannot be made.
  SourcePlugin(const SourceWord& word, const BuildOptions& options);
  SourcePlugin(const std::string& expression, const BuildOptions& options);
  SourcePlugin(SourcePlugin&& other) noexcept;
  SourcePlugin(const SourcePlugin&) = delete;
  SourcePlugin& operator=(const SourcePlugin&) = delete;
  SourcePlugin& operator=(SourcePlugin&&) = delete;
  ~SourcePlugin();  // removes the file, if it is kept nowhere

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // What compilers have said when it was compiled just now; empty: nothing.
  [[nodiscard]] const std::string& warnings() const noexcept { return warnings_; }
  // Copies the file. Throws SystemError.
  void put(const std::string& place) const;

 private:
  std::string path_;
  std::string warnings_;
  std::string folder_;  // that goes away with it; empty: it is kept

  // Leaves the plugin there, and returns the files that were read.
  using Make =
      std::function<std::vector<std::string>(const BuildFolder& folder, const std::string& built)>;
  [[nodiscard]] bool keep_new(const BuildCache& cache, const std::string& key,
                              const std::string& name, const Make& make);
  void obtain(const std::string& key, const std::string& name, bool is_forced, const Make& make);
};

[[nodiscard]] std::vector<ListedFunction> listed_functions(const SourceWord& word,
                                                           const BuildOptions& options);

}  // namespace forkmap::host
