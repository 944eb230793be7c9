// SPDX-License-Identifier: Apache-2.0
//
// Files and folders of a test, in the system's folder for temporary files, that go away with it.
#pragma once

#include <string>
#include <string_view>

namespace forkmap::tests {

// An empty file.
class TemporaryFile {
 public:
  TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // In place of what it has.
  void write(std::string_view text) const;

 private:
  std::string path_;
};

// An empty folder, removed with all that is in it then.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // The path of a file in it, which need not be there.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file, and the folders that it needs; returns its path.
  std::string file(const std::string& name, std::string_view text) const;
  // The content of a file; empty if it is not there.
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace forkmap::tests
