// SPDX-License-Identifier: Apache-2.0
//
// The name by which the dynamic loader tells others of a private copy. Code asks for it (dladdr) to
// find files that lie beside it, so it is the name of the file that was copied.
#pragma once

#include <link.h>

#include <string>
#include <utility>
#include <vector>

#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

void name_image(link_map& image, const std::string& path);

// While this lives, private copies of the file of a plugin that is to be loaded in place do not
// bear its name: the dynamic loader would give one of them instead.
class HiddenCopies {
 public:
  explicit HiddenCopies(const OpenedPlugin& plugin);
  ~HiddenCopies();
  HiddenCopies(const HiddenCopies&) = delete;
  HiddenCopies& operator=(const HiddenCopies&) = delete;

 private:
  std::vector<std::pair<link_map*, char*>> hidden_;
};

}  // namespace forkmap::plugin
