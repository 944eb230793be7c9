// SPDX-License-Identifier: Apache-2.0
//
// Which shared objects this process has loaded since a moment: those that plugins and functions
// brought. Reading takes no lock of the dynamic loader, which a thread of the host may have held
// when this process was forked; nothing else may load objects meanwhile.
#pragma once

#include <link.h>

#include <vector>

namespace forkmap::plugin {

using Objects = std::vector<const link_map*>;

class ObjectList {
 public:
  // Of this moment.
  ObjectList();

  // What has been loaded since, in the order of the dynamic loader.
  [[nodiscard]] Objects added() const;
  // All that is loaded now.
  [[nodiscard]] Objects loaded() const;

 private:
  const link_map* first_;  // the program itself
  Objects objects_;        // sorted by address
};

// `object` and what it needs of `among`, directly or not.
[[nodiscard]] Objects needed_by(const link_map* object, const Objects& among);

// Each once: an object stands before those that it needs, and what was loaded later before what was
// loaded earlier.
[[nodiscard]] Objects dependents_first(const Objects& objects);

}  // namespace forkmap::plugin
