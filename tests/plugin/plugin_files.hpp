// SPDX-License-Identifier: Apache-2.0
//
// Where the plugins of this build are, and folders and copies that go away by themselves.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <forkmap/error.hpp>
#include <optional>
#include <string>

namespace plugin_test {

namespace fs = std::filesystem;

inline std::string example(const std::string& name) {
  return std::string(FORKMAP_PLUGIN_DIR) + "/" + name + ".so";
}
inline std::string bad(const std::string& name) {
  return std::string(FORKMAP_TEST_PLUGIN_DIR) + "/" + name + ".so";
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "forkmap_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

// The LoadError of what is called; nothing if it throws none.
template <class F>
std::optional<forkmap::LoadError> load_error(F load) {
  try {
    load();
  } catch (const forkmap::LoadError& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace plugin_test
