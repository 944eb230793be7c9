// SPDX-License-Identifier: Apache-2.0
//
// A made-up system in a temporary folder: files of /proc and /sys as a test wants them.
#pragma once

#include <filesystem>
#include <string>

#include "tests/kit/temporary.hpp"

class MadeUpSystem {
 public:
  void write(const std::string& path, const std::string& text) const { folder_.file(path, text); }
  [[nodiscard]] std::filesystem::path root() const { return folder_.path(); }

 private:
  forkmap::tests::TemporaryFolder folder_;
};
