// SPDX-License-Identifier: Apache-2.0
// The rules, held against this repository.

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/structure/include_rules.hpp"
#include "tests/structure/length_rules.hpp"
#include "tests/structure/naming_rules.hpp"
#include "tests/structure/text_rules.hpp"

using namespace forkmap::structure;

namespace {

const SourceTree& tree() {
  static const SourceTree files = read_source_tree(FORKMAP_SOURCE_DIR);
  return files;
}

}  // namespace

TEST_CASE("the reader finds the files of every layer") {
  for (const char* folder :
       {"core/base", "core/types", "core/plugin", "core/shm", "core/lane", "core/process",
        "core/pool", "core/include/forkmap", "courier", "host", "host/run", "plugins", "tests"}) {
    INFO(folder);
    CHECK(std::ranges::any_of(tree(), [folder](const SourceFile& file) {
      return is_below(file.path, folder) && is_c_family(file.path);
    }));
  }
}

TEST_CASE("no include runs against the layers") { CHECK(to_text(check_arrows(tree())) == ""); }

TEST_CASE("every room of the command is linked with the rooms that it may include") {
  CHECK(to_text(check_room_links(tree())) == "");
}

TEST_CASE("no files include each other in a circle") {
  CHECK(to_text(check_circles(tree())) == "");
}

TEST_CASE("public headers include the standard library and each other only") {
  CHECK(to_text(check_public_headers(tree())) == "");
}

TEST_CASE("every source includes its own header first") {
  CHECK(to_text(check_own_header_first(tree())) == "");
}

TEST_CASE("nothing is named util, common or helpers") {
  CHECK(to_text(check_no_catch_all(tree())) == "");
}

TEST_CASE("no two files of core have one name") {
  CHECK(to_text(check_unique_names(tree())) == "");
}

TEST_CASE("every source carries the licence line") {
  CHECK(to_text(check_licence_lines(tree())) == "");
}

TEST_CASE("every header is guarded") { CHECK(to_text(check_header_guards(tree())) == ""); }

TEST_CASE("no source is longer than 400 lines, and no header longer than 350") {
  CHECK(to_text(check_lengths(tree())) == "");
}

TEST_CASE("every source of the command has a header of its own") {
  CHECK(to_text(check_own_headers(tree())) == "");
}

TEST_CASE("every synchronisation label stands at both ends") {
  CHECK(to_text(check_sync_labels(tree())) == "");
}

TEST_CASE("every atomic operation states its memory order") {
  CHECK(to_text(check_memory_orders(tree())) == "");
}

TEST_CASE("nothing is marked as unfinished") {
  CHECK(to_text(check_unfinished_work(tree())) == "");
}
