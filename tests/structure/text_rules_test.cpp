// SPDX-License-Identifier: Apache-2.0
// Each rule about text must find what it looks for, and nothing else.

#include "tests/structure/text_rules.hpp"

#include "tests/catch.hpp"
#include "tests/structure/code_text.hpp"

using namespace forkmap::structure;

TEST_CASE("a label that stands at one end only is found") {
  const SourceTree tree = {
      {"core/lane/host.cpp", "a.store(1);  // SYNC: cell-ready\nb.load();  // SYNC: cell-done\n"},
      {"core/lane/worker.cpp", "a.load();  // SYNC: cell-ready, acquired here\n"},
      {"tests/lane/cell_test.cpp", "b.store(1);  // SYNC: cell-done\n"}};
  CHECK(to_text(check_sync_labels(tree)) ==
        "core/lane/host.cpp:2: the label stands here only, and has no other end: cell-done\n");
}

TEST_CASE("a label that is only talked about marks no place") {
  const SourceTree tree = {{"core/lane/cell.hpp", "// pairs: `// SYNC: cell-ready` and others\n"},
                           {"core/lane/host.cpp", "a.store(1);  // SYNC: cell-ready\n"}};
  CHECK(check_sync_labels(tree).size() == 1);
}

TEST_CASE("a synchronisation comment without a label is found") {
  const SourceTree tree = {{"core/lane/host.cpp", "a.store(1);  // SYNC:\n"}};
  CHECK(check_sync_labels(tree).size() == 1);
}

TEST_CASE("an atomic operation without its order is found with its line") {
  const SourceTree tree = {{"core/lane/host.cpp",
                            "a.load(std::memory_order_acquire);\n"
                            "a.store(f(1, 2),\n    std::memory_order_release);\n"
                            "cell->state.load();\n"
                            "word->fetch_add(1);\n"
                            "a.compare_exchange_strong(b, c, order);\n"}};
  CHECK(to_text(check_memory_orders(tree)) ==
        "core/lane/host.cpp:4: load without a memory order\n"
        "core/lane/host.cpp:6: compare_exchange_strong without a memory order\n"
        "core/lane/host.cpp:5: fetch_add without a memory order\n");
}

TEST_CASE("an order of a neighbouring call, a comment or a string does not count") {
  const SourceTree tree = {
      {"core/pool/engine.cpp",
       "a.load(/* memory_order_acquire */) + b.load(std::memory_order_relaxed);\n"
       "a.store(\"memory_order_release\");\n"}};
  CHECK(check_memory_orders(tree).size() == 2);
}

TEST_CASE("words that only look like atomic operations are allowed") {
  const SourceTree tree = {{"core/lane/host.cpp",
                            "load(); x.reload(); // a.load()\nputs(\"a.load()\"); x.load_all();\n"},
                           {"core/plugin/loader.cpp", "registry.load(path);\n"}};
  CHECK(to_text(check_memory_orders(tree)) == "");
}

TEST_CASE("marks of unfinished work are found in any file, and as whole words only") {
  const std::string mark = std::string("TO") + "DO";
  const SourceTree tree = {{"README.md", "text\n" + mark + ": more\n"},
                           {"core/a.cpp",
                            "mkstemp(\"/tmp/XXXX"
                            "XX\");\n// " +
                                mark + "S are none\n"}};
  CHECK(to_text(check_unfinished_work(tree)) == "README.md:2: finish it: " + mark + "\n");
}

TEST_CASE("comments and literals are blanked, and code keeps its place") {
  CHECK(code_only("a = 'x' + 1'000; // b") == "a =     + 1'000;     ");
  CHECK(code_only("s = \"\\\"a\" + b;") == "s =       + b;");
  CHECK(code_only("R\"x(\"a)\" )x\" + b") == "R            + b");
  CHECK(code_only("a /* b\nc */ d") == "a     \n     d");
  CHECK(code_only("\"open") == "     ");
  CHECK(code_only("/* open") == "       ");
}
