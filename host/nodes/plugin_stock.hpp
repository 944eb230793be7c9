// SPDX-License-Identifier: Apache-2.0
//
// The plugins of a run as they are on this machine, for those machines that lack them
// (--ship-plugins). What is sent is what was loaded here, whatever lies on the disk by now.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/node/messages.hpp"

namespace forkmap::host {

struct NamedPlugin {
  std::string word;       // as the run names it
  std::string path;       // its file
  std::string image;      // a file with what was loaded, or will be
  bool in_place = false;  // loaded from its own file, so it may need what lies beside that
};

class PluginStock {
 public:
  using Frames = std::shared_ptr<const std::vector<std::byte>>;
  struct Answer {
    Frames frames;
    std::vector<std::string> words;  // of what is in it
  };

  explicit PluginStock(std::vector<NamedPlugin> plugins);

  // What an agent is to load instead of what it has. Throws UsageError if that cannot be sent,
  // SystemError if it cannot be read.
  [[nodiscard]] Answer answer(const node::HeldPlugins& held);

 private:
  struct Item {
    NamedPlugin plugin;
    std::string content = {};  // once somebody has asked
  };
  std::vector<Item> items_;
  std::vector<Answer> answers_;  // machines that lack the same get the same bytes

  [[nodiscard]] bool is_same(const node::HeldPlugin& held, Item& item) const;
  [[nodiscard]] Frames frames_of(const std::vector<const NamedPlugin*>& plugins) const;
};

}  // namespace forkmap::host
