// SPDX-License-Identifier: Apache-2.0
//
// Where plugins that were built from sources are kept, so that a source is compiled once.
//  C1 Only this user can write there: whoever else could would run code as this user. A folder of
//     which that is not true is not used.
//  C2 An entry names all files that the compiler has read, and counts only while each is what it
//     was (size, time, inode). So a changed header is seen; a new one that would be found earlier
//     is not.
//  C3 Files appear whole, by renames. A builder that is killed leaves a folder without a name in
//     the cache, which is removed later; two builders of one source do not disturb each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

class BuildCache {
 public:
  // $XDG_CACHE_HOME/forkmap, or ~/.cache/forkmap. Made if it is not there. Where there is none that
  // can be used, why() says so and nothing is kept.
  BuildCache();

  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  [[nodiscard]] bool is_usable() const noexcept { return why_.empty(); }

  // The plugin that was built under this key, if its files are what they were.
  [[nodiscard]] std::optional<std::string> find(const std::string& key) const;
  // Waits until nobody else builds under this key, and keeps others waiting until it is closed.
  [[nodiscard]] base::UniqueFd lock(const std::string& key) const;
  // A new folder to build in, which the caller removes.
  [[nodiscard]] std::string new_folder() const;
  // The same among temporary files.
  [[nodiscard]] static std::string temporary_folder();
  // Moves what was built in such a folder to its place, and returns that. `files`: what was read.
  [[nodiscard]] std::string keep(const std::string& key, const std::string& name,
                                 const std::string& built,
                                 const std::vector<std::string>& files) const;

 private:
  std::string folder_;
  std::string why_;

  void choose_folder();
  void clean() const;
};

}  // namespace forkmap::host
