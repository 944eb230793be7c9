// SPDX-License-Identifier: Apache-2.0
#include "tests/kit/temporary.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace forkmap::tests {

namespace {

namespace fs = std::filesystem;

std::string name_pattern() { return (fs::temp_directory_path() / "forkmap-test-XXXXXX").string(); }

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace

TemporaryFile::TemporaryFile() : path_(name_pattern()) {
  const int fd = ::mkstemp(path_.data());
  if (fd < 0) throw std::runtime_error("no temporary file");
  ::close(fd);
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void TemporaryFile::write(std::string_view text) const { write_file(path_, text); }

TemporaryFolder::TemporaryFolder() : path_(name_pattern()) {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::file(const std::string& name, std::string_view text) const {
  const std::string path = file(name);
  fs::create_directories(fs::path(path).parent_path());
  write_file(path, text);
  return path;
}

std::string TemporaryFolder::read(const std::string& name) const {
  std::ifstream stream(file(name), std::ios::binary);
  std::string text;
  std::array<char, 65536> piece;
  // Not by characters: files are large, and this code is not optimised in a sanitizer's build.
  while (stream.read(piece.data(), piece.size()), stream.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return text;
}

}  // namespace forkmap::tests
