// SPDX-License-Identifier: Apache-2.0
// Code in the documents is code of the repository.
#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/catch.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/docs/region.hpp"

using namespace forkmap::docs;

namespace {

const std::filesystem::path kTree = FORKMAP_SOURCE_DIR;

// What a reader will copy from these must compile.
bool shows_tested_code_only(const std::filesystem::path& document) {
  return document == kTree / "README.md" || document == kTree / "docs/plugin-abi.md";
}

bool is_code(const std::string& language) {
  constexpr std::array languages = {"c", "cpp", "c++", "cmake", "fortran"};
  for (const char* each : languages) {
    if (language == each) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a block of code that names its source is that region of it") {
  std::size_t compared = 0;
  for (const Document& document : read_documents(kTree)) {
    for (const Block& block : document.blocks) {
      const auto name = region_name(block.note);
      if (!name) continue;
      INFO(document.path.string() << ":" << block.line << ": " << block.note);
      CHECK(block.text == region_of(read_text(kTree / name->file), name->region));
      ++compared;
    }
  }
  CHECK(compared > 0);
}

TEST_CASE("the README and the plugin interface show no code that is not tested") {
  for (const Document& document : read_documents(kTree)) {
    if (!shows_tested_code_only(document.path)) continue;
    for (const Block& block : document.blocks) {
      INFO(document.path.string() << ":" << block.line << ": names no region that it comes from");
      CHECK((!is_code(block.language) || region_name(block.note)));
    }
  }
}

TEST_CASE("the comment above a block is one that is known") {
  for (const Document& document : read_documents(kTree)) {
    for (const Block& block : document.blocks) {
      INFO(document.path.string() << ":" << block.line << ": " << block.note);
      CHECK((block.note.empty() || block.note == "run" || region_name(block.note)));
    }
  }
}
