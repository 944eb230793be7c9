// SPDX-License-Identifier: Apache-2.0
// The checker of the documents, on small texts.
#include <stdexcept>
#include <string>

#include "tests/catch.hpp"
#include "tests/docs/console.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/docs/region.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::docs;

TEST_CASE("a block has its language, its note and its lines") {
  const Document document = parse_markdown(
      "# A title\n\n<!-- run -->\n```console\n$ true\n```\ntext\n```cpp\nint x;\n\n```\n");
  REQUIRE(document.blocks.size() == 2);
  CHECK(document.blocks[0].line == 4);
  CHECK(document.blocks[0].language == "console");
  CHECK(document.blocks[0].note == "run");
  CHECK(document.blocks[0].text == "$ true\n");
  CHECK(document.blocks[1].note.empty());
  CHECK(document.blocks[1].text == "int x;\n\n");
}

TEST_CASE("a block that is never closed is an error") {
  CHECK_THROWS_AS(parse_markdown("```cpp\nint x;\n"), std::runtime_error);
}

TEST_CASE("links are found outside of blocks and of code") {
  const Document document = parse_markdown(
      "[one](a.md) and [`two`](b.md#c), `[none](x)`\n```\n[none](y)\n```\n[three](d)\n");
  REQUIRE(document.links.size() == 3);
  CHECK(document.links[0].target == "a.md");
  CHECK(document.links[1].target == "b.md#c");
  CHECK(document.links[2].target == "d");
  CHECK(document.links[2].line == 5);
}

TEST_CASE("headings have anchors") {
  const Document document =
      parse_markdown("# What it is, and why\n```\n# no\n```\n## `run`\n## Run\n");
  CHECK(document.anchors == std::vector<std::string>{"what-it-is-and-why", "run", "run-1"});
}

TEST_CASE("a region is what stands between its marks, without the shared indentation") {
  const std::string source =
      "void f() {\n  // [a]\n  one;\n  // [b]\n    two;\n\n  // [b end]\n  // [a end]\n}\n";
  CHECK(region_of(source, "a") == "one;\n  two;\n\n");
  CHECK(region_of(source, "b") == "two;\n\n");
  CHECK(region_of("/* [c] */\nint x;\n/* [c end] */\n", "c") == "int x;\n");
  CHECK(region_of("! [f]\nend\n! [f end]\n", "f") == "end\n");
}

TEST_CASE("a region that is missing, double or open is an error") {
  CHECK_THROWS_AS(region_of("int x;\n", "a"), std::runtime_error);
  CHECK_THROWS_AS(region_of("// [a]\nint x;\n", "a"), std::runtime_error);
  CHECK_THROWS_AS(region_of("// [a]\n// [a end]\n// [a]\n// [a end]\n", "a"), std::runtime_error);
  CHECK_THROWS_AS(region_of("// [a end]\n", "a"), std::runtime_error);
}

TEST_CASE("a note names a file and a region") {
  const auto name = region_name("from tests/docs/examples/primes.cpp [plugin]");
  REQUIRE(name);
  CHECK(name->file == "tests/docs/examples/primes.cpp");
  CHECK(name->region == "plugin");
  CHECK_FALSE(region_name("run"));
  CHECK_FALSE(region_name("from primes.cpp"));
}

TEST_CASE("a console block has commands and what they print") {
  const auto steps = parse_console("$ printf 'a\n> b'\na\nb\n$ true\n");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].command == "printf 'a\nb'");
  CHECK(steps[0].printed == std::vector<std::string>{"a", "b"});
  CHECK(steps[1].command == "true");
  CHECK(steps[1].printed.empty());
  CHECK_THROWS_AS(parse_console("a\n$ true\n"), std::runtime_error);
}

TEST_CASE("commands run in one shell, and the streams are kept apart") {
  const forkmap::cli::TestFolder folder;
  const auto printed =
      run_console({"x=1; false", "echo $? $x", "echo out; echo err >&2"}, folder.path());
  REQUIRE(printed.size() == 3);
  CHECK(printed[0].output.empty());
  CHECK(printed[1].output == std::vector<std::string>{"1 1"});
  CHECK(printed[2].output == std::vector<std::string>{"out"});
  CHECK(printed[2].errors == std::vector<std::string>{"err"});
  CHECK_THROWS_AS(run_console({"exit 3"}, folder.path()), std::runtime_error);
}

TEST_CASE("both streams may be mixed, but neither may lose a line or its order") {
  const Printed printed = {{"1", "2"}, {"e"}};
  CHECK(is_merge({"1", "e", "2"}, printed));
  CHECK(is_merge({"e", "1", "2"}, printed));
  CHECK_FALSE(is_merge({"2", "e", "1"}, printed));
  CHECK_FALSE(is_merge({"1", "2"}, printed));
  CHECK_FALSE(is_merge({"1", "2", "e", "3"}, printed));
  CHECK(is_merge({"1", "..."}, printed));
  CHECK(is_merge({"...", "2", "e"}, printed));
  CHECK_FALSE(is_merge({"3", "..."}, printed));
}

TEST_CASE("pids, addresses and places are made equal") {
  CHECK(normalised("worker 4711 died at 0x7fff", "/x") == "worker N died at 0xN");
  CHECK(normalised(std::string(FORKMAP_COMMAND) + " /x/y.so", "/x") ==
        "build/release/bin/forkmap y.so");
  CHECK(normalised("pool first: pids 17 4", "/x") == "pool first: pids N");
  CHECK(normalised("generation 2, attempt 2 of 2", "/x") == "generation 2, attempt 2 of 2");
}
