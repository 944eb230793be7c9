// SPDX-License-Identifier: Apache-2.0
// Each rule about includes must find what it looks for, and nothing else.

#include "tests/structure/include_rules.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace forkmap::structure;

TEST_CASE("an include that runs up is found with its line") {
  const SourceTree tree = {{"core/base/check.cpp", "// text\n#include \"core/pool/engine.hpp\"\n"}};
  CHECK(
      to_text(check_arrows(tree)) ==
      "core/base/check.cpp:2: the layer base may not know the layer pool: core/pool/engine.hpp\n");
}

TEST_CASE("an include between layers that stand side by side is found") {
  const SourceTree tree = {{"core/process/zygote.cpp", "#include \"core/lane/cell.hpp\"\n"},
                           {"core/lane/lane.cpp", "#  include \"core/types/signature.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 2);
}

TEST_CASE("includes that run down, inside a layer or to public headers are allowed") {
  const SourceTree tree = {
      {"core/pool/engine.cpp",
       "#include \"core/pool/engine.hpp\"\n#include \"core/lane/cell.hpp\"\n"
       "#include <forkmap/pool.hpp>\n#include <vector>\n#include <sys/mman.h>\n"},
      {"host/main.cpp", "#include \"host/run/command.hpp\"\n#include \"host/cli/words.hpp\"\n"},
      {"host/output/sink.cpp",
       "#include \"host/input/lines.hpp\"\n#include \"host/output/numbers.hpp\"\n"
       "#include \"core/pool/engine.hpp\"\n"},
      {"plugins/arith/arith.cpp", "#include <forkmap/plugin.hpp>\n"},
      {"tests/lane/cell_test.cpp", "#include \"core/lane/cell.hpp\"\n"}};
  CHECK(to_text(check_arrows(tree)) == "");
}

TEST_CASE("the command may not reach past the engine") {
  const SourceTree tree = {{"host/run/job.cpp", "#include \"core/lane/cell.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 1);
}

TEST_CASE("an include from a room of the command into a higher one is found with its line") {
  const SourceTree tree = {
      {"host/input/lines.cpp", "// text\n#include \"host/output/sink.hpp\"\n"}};
  CHECK(to_text(check_arrows(tree)) ==
        "host/input/lines.cpp:2: the room input may not know the room output: "
        "host/output/sink.hpp\n");
}

TEST_CASE("rooms that stand side by side may not know each other") {
  const SourceTree tree = {{"host/watch/status_table.cpp", "#include \"host/report/page.hpp\"\n"},
                           {"host/report/page.cpp", "#include \"host/watch/status_table.hpp\"\n"},
                           {"host/shell/map.cpp", "#include \"host/run/job.hpp\"\n"},
                           {"host/run/job.cpp", "#include \"host/shell/map.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 4);
}

TEST_CASE("main alone may know the rooms of the commands") {
  for (const char* command : {"run", "shell", "demo", "plugin"}) {
    const std::string include = "#include \"host/" + std::string(command) + "/command.hpp\"\n";
    INFO(command);
    CHECK(to_text(check_arrows({{"host/main.cpp", include}})) == "");
    for (const char* room : {"cli", "text", "io", "options", "input", "output", "journal",
                             "foreign", "failures", "report", "watch"}) {
      INFO(room);
      CHECK(check_arrows({{"host/" + std::string(room) + "/a.cpp", include}}).size() == 1);
    }
  }
}

TEST_CASE("a room that is linked with another than it may include is found") {
  SourceTree tree = read_source_tree(FORKMAP_SOURCE_DIR);
  const auto file = std::ranges::find(tree, "host/watch/CMakeLists.txt", &SourceFile::path);
  REQUIRE(file != tree.end());
  const std::size_t at = file->text.find("ROOMS options cli text");
  REQUIRE(at != std::string::npos);
  file->text.replace(at, 22, "ROOMS options cli text input");
  CHECK(to_text(check_room_links(tree)) ==
        "host/watch/CMakeLists.txt:0: ROOMS options cli text input, and it may know: ROOMS "
        "options cli text\n");
}

TEST_CASE("a file of the command in no room is found, unless it is main") {
  const SourceTree tree = {{"host/words.cpp", "#include \"host/cli/words.hpp\"\n"},
                           {"host/cli/words.cpp", "#include \"host/words.hpp\"\n"},
                           {"host/odd/words.cpp", "#include \"host/odd/words.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 3);
}

TEST_CASE("a plugin may include the plugin headers only") {
  const SourceTree tree = {
      {"plugins/text/text.cpp", "#include <forkmap/pool.hpp>\n#include \"core/base/check.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 2);
}

TEST_CASE("the courier may include nothing of this tree") {
  const SourceTree tree = {{"courier/courier.cpp",
                            "#include <mpi.h>\n#include <forkmap/error.hpp>\n"
                            "#include \"core/base/check.hpp\"\n#include \"courier.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 3);
}

TEST_CASE("an include that is not relative to the root is found") {
  const SourceTree tree = {{"core/lane/cell.cpp", "#include \"cell.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 1);
}

TEST_CASE("a folder of core that is no layer is found") {
  const SourceTree tree = {{"core/extra/thing.cpp", "#include \"core/extra/thing.hpp\"\n"}};
  CHECK(check_arrows(tree).size() == 1);
}

TEST_CASE("a circle is told once, with its way") {
  const SourceTree tree = {{"core/lane/a.hpp", "#include \"core/lane/b.hpp\"\n"},
                           {"core/lane/b.hpp", "#include \"core/lane/c.hpp\"\n"},
                           {"core/lane/c.hpp", "#include \"core/lane/a.hpp\"\n"}};
  CHECK(to_text(check_circles(tree)) ==
        "core/lane/a.hpp:0: includes itself: core/lane/a.hpp -> core/lane/b.hpp -> core/lane/c.hpp "
        "-> core/lane/a.hpp\n");
}

TEST_CASE("a circle through public headers is found") {
  const SourceTree tree = {{"core/include/forkmap/pool.hpp", "#include <forkmap/map.hpp>\n"},
                           {"core/include/forkmap/map.hpp", "#include <forkmap/pool.hpp>\n"}};
  CHECK(check_circles(tree).size() == 1);
}

TEST_CASE("two ways to one header are no circle") {
  const SourceTree tree = {
      {"core/lane/a.cpp", "#include \"core/lane/b.hpp\"\n#include \"core/lane/c.hpp\"\n"},
      {"core/lane/b.hpp", "#include \"core/lane/c.hpp\"\n"},
      {"core/lane/c.hpp", "#include <vector>\n"}};
  CHECK(to_text(check_circles(tree)) == "");
}

TEST_CASE("a public header that includes anything else is found") {
  const SourceTree tree = {
      {"core/include/forkmap/pool.hpp",
       "#include <vector>\n#include <stdint.h>\n#include <forkmap/map.hpp>\n"
       "#include <boost/dll.hpp>\n#include <unistd.h>\n#include \"core/pool/engine.hpp\"\n"},
      {"core/pool/engine.hpp", "#include <unistd.h>\n"}};
  CHECK(check_public_headers(tree).size() == 3);
}

TEST_CASE("a source whose own header does not come first is found") {
  const SourceTree tree = {
      {"core/lane/cell.hpp", ""},
      {"core/lane/cell.cpp", "#include <vector>\n#include \"core/lane/cell.hpp\"\n"},
      {"core/lane/ring.hpp", ""},
      {"core/lane/ring.cpp", "#include \"core/lane/ring.hpp\"\n#include <vector>\n"},
      {"core/lane/alone.cpp", "#include <vector>\n"}};
  CHECK(to_text(check_own_header_first(tree)) ==
        "core/lane/cell.cpp:1: its own header comes first: core/lane/cell.hpp\n");
}
