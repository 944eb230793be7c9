// SPDX-License-Identifier: Apache-2.0
// Links in the documents lead somewhere, and every document can be found.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/docs/markdown.hpp"

using namespace forkmap::docs;

namespace {

namespace fs = std::filesystem;

const fs::path kSources = FORKMAP_SOURCE_DIR;

struct Target {
  fs::path file;
  std::string anchor;
};

bool is_elsewhere(const std::string& target) {
  return target.find("://") != std::string::npos || target.starts_with("mailto:");
}

Target target_of(const Document& document, const std::string& link) {
  const auto hash = std::min(link.find('#'), link.size());
  const std::string file = link.substr(0, hash);
  fs::path path = file.empty() ? document.path : document.path.parent_path() / file;
  return {path.lexically_normal(), link.substr(std::min(hash + 1, link.size()))};
}

}  // namespace

TEST_CASE("every relative link leads to a file or folder") {
  std::size_t followed = 0;
  for (const Document& document : read_documents(kSources)) {
    for (const Link& link : document.links) {
      if (is_elsewhere(link.target)) continue;
      INFO(document.path.string() << ":" << link.line << ": " << link.target);
      CHECK(fs::exists(target_of(document, link.target).file));
      ++followed;
    }
  }
  CHECK(followed > 0);
}

TEST_CASE("every link to a heading finds it") {
  std::map<fs::path, std::vector<std::string>> anchors;
  const auto documents = read_documents(kSources);
  for (const Document& document : documents) anchors[document.path] = document.anchors;
  for (const Document& document : documents) {
    for (const Link& link : document.links) {
      const Target target = target_of(document, link.target);
      if (is_elsewhere(link.target) || target.anchor.empty()) continue;
      INFO(document.path.string() << ":" << link.line << ": " << link.target);
      CHECK(std::ranges::count(anchors[target.file], target.anchor) == 1);
    }
  }
}

TEST_CASE("every document in docs can be reached from the README") {
  std::map<fs::path, const Document*> unreached;
  const auto documents = read_documents(kSources);
  for (const Document& document : documents) unreached[document.path] = &document;
  std::vector<fs::path> open = {kSources / "README.md"};
  while (!open.empty()) {
    const fs::path file = open.back();
    open.pop_back();
    const auto found = unreached.extract(file);
    if (found.empty()) continue;
    for (const Link& link : found.mapped()->links) {
      fs::path target = target_of(*found.mapped(), link.target).file;
      if (fs::is_directory(target)) target = (target / "README.md").lexically_normal();
      open.push_back(target);
    }
  }
  for (const auto& [file, document] : unreached) {
    if (file.parent_path().lexically_relative(kSources / "docs").string().starts_with(".."))
      continue;
    INFO(file.string() << " is linked from nowhere");
    CHECK(document == nullptr);
  }
  CHECK(documents.size() > unreached.size());
}
