// SPDX-License-Identifier: Apache-2.0
//
// An agent asks its coordinator for the plugins that are missing here, or others here, and keeps
// what comes in a folder of its own until it is loaded.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/node/messages.hpp"
#include "host/nodes/coordinator_link.hpp"

namespace forkmap::host {

// By the words of the run: the files to be loaded instead.
using PluginFiles = std::map<std::string, std::string>;

class ReceivedPlugins {
 public:
  // Opens the connection, asks, and waits for the answer. Throws UsageError if there is none,
  // SystemError if the files cannot be written.
  ReceivedPlugins(CoordinatorLink& link, const std::vector<std::string>& words);
  ReceivedPlugins(const ReceivedPlugins&) = delete;
  ReceivedPlugins& operator=(const ReceivedPlugins&) = delete;
  ~ReceivedPlugins() { remove(); }

  [[nodiscard]] const PluginFiles& files() const noexcept { return files_; }
  // All are loaded: nothing stays on the disk.
  void remove() noexcept;

 private:
  std::filesystem::path folder_;  // empty: nothing has come
  PluginFiles files_;

  void keep(const node::SentPlugins& sent);
};

}  // namespace forkmap::host
