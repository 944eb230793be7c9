// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

// Where the dynamic loader looks for the libraries that an object needs.
class LibrarySearch {
 public:
  // Of a loaded object, by its name.
  explicit LibrarySearch(const std::string& object);

  // The file that it has for `name`, where that is not what was loaded: another file with another
  // content, or the same file, replaced since. Nothing also where it has none.
  [[nodiscard]] std::optional<std::string> other_file(const std::string& name,
                                                      const LinkedObject& loaded) const;

 private:
  std::vector<std::string> folders_;  // run paths, LD_LIBRARY_PATH, then the system's
};

}  // namespace forkmap::plugin
