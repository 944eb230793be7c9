// SPDX-License-Identifier: Apache-2.0
//
// A made-up system in a temporary folder: files of /proc and /sys as a test wants them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

class MadeUpSystem {
 public:
  MadeUpSystem() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "forkmap_system_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = pattern;
  }
  MadeUpSystem(const MadeUpSystem&) = delete;
  MadeUpSystem& operator=(const MadeUpSystem&) = delete;
  ~MadeUpSystem() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
  }
  void write(const std::filesystem::path& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  std::filesystem::path root_;
};
