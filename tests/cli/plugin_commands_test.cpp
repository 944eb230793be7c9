// SPDX-License-Identifier: Apache-2.0
// list, inspect, new, cflags.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

Ended shell(const std::string& line, const std::string& folder) {
  Launch launch;
  launch.command = {"/bin/bash", "-c", line};
  launch.folder = folder;
  return ChildProcess(launch).finish();
}

}  // namespace

TEST_CASE("list shows names, signatures and what functions do, in columns") {
  const Ended ended = run_forkmap({"list", "arith"});
  CHECK(ended.status == 0);
  CHECK(
      contains(ended.output, "arith:square          (i64) -> i64              Return the square"));
  CHECK(contains(ended.output, "arith:divmod          (i64, i64) -> (i64, i64)"));
}

TEST_CASE("list without names shows all plugins of the build tree") {
  const Ended ended = run_forkmap({"list"});
  CHECK(ended.status == 0);
  for (const char* name : {"arith:square", "powers:cube", "text:wc", "stats:mean_deviation"}) {
    CHECK(contains(ended.output, name));
  }
}

TEST_CASE("list refuses what is no plugin, and still shows the others") {
  const Ended ended = run_forkmap({"list", "arith", "/bin/true"});
  CHECK(contains(ended.output, "arith:square"));
  CHECK(contains(ended.errors, "/bin/true"));
  CHECK(ended.status == 2);
}

TEST_CASE("inspect shows what a plugin is and how it would be loaded") {
  const Ended ended = run_forkmap({"inspect", "arith"});
  CHECK(ended.status == 0);
  for (const char* part :
       {"name", "arith", "version", "1.0", "abi", "private copy", "square (i64) -> i64"}) {
    INFO(part);
    CHECK(contains(ended.output, part));
  }
}

TEST_CASE("inspect writes the same as JSON") {
  const Ended one = run_forkmap({"inspect", "--json", "arith"});
  const json report = json::parse(one.output);
  CHECK(report["accepted"] == true);
  CHECK(report["name"] == "arith");
  CHECK(report["abi"] == 1);
  CHECK(report["in_place"] == false);
  CHECK(report["functions"][0]["name"] == "square");
  CHECK(report["functions"][0]["signature"] == "(i64) -> i64");
  const Ended two = run_forkmap({"inspect", "--json", "arith", "powers"});
  CHECK(json::parse(two.output).size() == 2);
}

TEST_CASE("list and inspect show which functions are vectorized") {
  CHECK(contains(run_forkmap({"list", "stats"}).output, "of three numbers. (vectorized)"));
  CHECK(contains(run_forkmap({"inspect", "stats"}).output,
                 "z_score (f64, f64, f64) -> f64 vectorized"));
  const json report = json::parse(run_forkmap({"inspect", "--json", "stats"}).output);
  CHECK(report["functions"][0]["vectorized"] == false);
  CHECK(report["functions"][1]["vectorized"] == true);
}

TEST_CASE("inspect says at which step a file is refused, and why") {
  const Ended ended =
      run_forkmap({"inspect", "--json", "/bin/true", test_plugin("throws_in_constructor")});
  CHECK(ended.status == 2);
  const json reports = json::parse(ended.output);
  for (const json& report : reports) {
    CHECK(report["accepted"] == false);
    CHECK(report["refused"]["step"] != "");
    CHECK(report["refused"]["reason"] != "");
  }
  CHECK(contains(run_forkmap({"inspect", "/no/such.so"}).output, "refused at"));
}

TEST_CASE("a new plugin builds with the one command that is printed") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  const Ended made = run_forkmap({"new", "mine"}, {}, launch);
  REQUIRE(made.status == 0);
  const std::size_t at = made.output.find("cd mine && ");
  REQUIRE(at != std::string::npos);
  const std::string command = made.output.substr(at, made.output.find('\n', at) - at);
  const Ended built = shell(command, folder.path());
  INFO(built.errors);
  REQUIRE(built.status == 0);
  CHECK(contains(folder.read("mine/README.md"), command.substr(11)));
  const std::string plugin = folder.path() + "/mine/mine.so";
  CHECK(run_forkmap({"run", plugin + ":half", "1", "3"}).output == "0.5\n1.5\n");
  CHECK(run_forkmap({"run", plugin + ":quotient", "7", "2", "1", "0"}).output == "3\n");
  CHECK(json::parse(run_forkmap({"inspect", "--json", plugin}).output)["warnings"].empty());
}

TEST_CASE("a new plugin builds with CMake") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  REQUIRE(run_forkmap({"new", "other"}, {}, launch).status == 0);
  const Ended built =
      shell("cmake -S other -B other/build && cmake --build other/build", folder.path());
  INFO(built.output + built.errors);
  REQUIRE(built.status == 0);
  CHECK(run_forkmap({"run", folder.path() + "/other/build/other.so:half", "5"}).output == "2.5\n");
}

TEST_CASE("a new plugin overwrites nothing, and needs a name that is one") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  CHECK(run_forkmap({"new", "mine"}, {}, launch).status == 0);
  folder.file("mine/mine.cpp", "changed");
  CHECK(run_forkmap({"new", "mine"}, {}, launch).status == 2);
  CHECK(folder.read("mine/mine.cpp") == "changed");
  for (const char* name : {"", "1a", "a b", "a-b", "ä"}) {
    INFO(name);
    CHECK(run_forkmap({"new", name}, {}, launch).status == 2);
  }
  CHECK(run_forkmap({"new"}, {}, launch).status == 2);
}

TEST_CASE("a new plugin may have a name that CMake keeps for itself") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  for (const std::string name : {"all", "install", "help", "clean", "test", "package"}) {
    REQUIRE(run_forkmap({"new", name}, {}, launch).status == 0);
    const Ended configured = shell("cmake -S " + name + " -B " + name + "/build", folder.path());
    INFO(configured.output + configured.errors);
    REQUIRE(configured.status == 0);
  }
  const Ended built = shell("cmake --build all/build", folder.path());
  INFO(built.output + built.errors);
  REQUIRE(built.status == 0);
  CHECK(run_forkmap({"run", folder.path() + "/all/build/all.so:half", "5"}).output == "2.5\n");
}

TEST_CASE("cflags serves GCC and Clang, without warnings and without shared statics") {
  const TestFolder folder;
  folder.file("p.cpp",
              "#include <forkmap/plugin.hpp>\n"
              "#include <regex>\n"
              "inline long& counter() { static long count = 0; return count; }\n"
              "static long next(long x) {\n"
              "  return std::regex_match(\"a\", std::regex(\"[a-z]\")) ? counter() += x : 0;\n}\n"
              "FORKMAP_PLUGIN(\"p\", \"1\", forkmap::function<next>(\"next\", \"\"))\n");
  int tried = 0;
  for (const std::string compiler : {"g++ -Wuseless-cast", "clang++-19", "clang++-16"}) {
    const std::string name = compiler.substr(0, compiler.find(' '));
    if (shell("command -v " + name, folder.path()).status != 0) continue;
    const Ended built =
        shell(compiler + " -Wall -Wextra -Wmissing-declarations -Wconversion -Werror" +
                  " $(" FORKMAP_COMMAND " cflags) -o p.so p.cpp",
              folder.path());
    INFO(compiler + ": " + built.errors);
    REQUIRE(built.status == 0);
    const std::string plugin = folder.path() + "/p.so";
    CHECK(run_forkmap({"run", "-j", "1", plugin + ":next", "1", "2"}).output == "1\n3\n");
    CHECK(json::parse(run_forkmap({"inspect", "--json", plugin}).output)["warnings"].empty());
    ++tried;
  }
  CHECK(tried > 0);
}

TEST_CASE("cflags builds a plugin in C++ and in C") {
  const TestFolder folder;
  folder.file("c.c",
              "#include <forkmap/plugin.h>\n"
              "static int twice(forkmap_call *call) {\n"
              "  forkmap_return_i64(call, 0, 2 * forkmap_arg_i64(call, 0));\n  return 0;\n}\n"
              "FORKMAP_PLUGIN_C(\"c\", \"1\", FORKMAP_FUNCTION_C(\"twice\", \"(i64) -> i64\", "
              "twice, \"\"))\n");
  const Ended built =
      shell("cc $(" FORKMAP_COMMAND " cflags --language c) -o c.so c.c", folder.path());
  INFO(built.errors);
  REQUIRE(built.status == 0);
  CHECK(run_forkmap({"run", folder.path() + "/c.so:twice", "21"}).output == "42\n");
}
