// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace forkmap::host {

// A folder that goes away.
class BuildFolder {
 public:
  explicit BuildFolder(std::string path) : path_(std::move(path)) {}
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;
  ~BuildFolder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string give_away() { return std::exchange(path_, {}); }

 private:
  std::string path_;
};

}  // namespace forkmap::host
