// SPDX-License-Identifier: Apache-2.0
// Plugins are sent to machines that have others, or none. A script that runs before mpirun takes
// them away, or changes them, when the coordinator has loaded its own.

#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/node_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

namespace fs = std::filesystem;
using NodeWords = std::vector<std::string>;

std::string copy_of(const std::string& plugin, const TestFolder& folder, const std::string& name) {
  fs::copy_file(plugin, folder.file(name));
  return "./" + name;
}
std::string example(const std::string& name) {
  return std::string(FORKMAP_PLUGIN_DIR) + "/" + name + ".so";
}
struct Shipped {
  std::string script;
  TestFolder folder = {};

  // With --ship-plugins over two other nodes. Nothing of what came may stay.
  Ended run(NodeWords words, std::string_view input = {}) {
    words.insert(words.begin(), "--ship-plugins");
    fs::create_directories(folder.file("tmp"));
    Launch launch = node_launch_after(script, folder, {1, 1}, std::move(words));
    launch.environment["TMPDIR"] = folder.file("tmp");
    launch.environment["FORKMAP_PLUGIN_PATH"] = folder.file("found");
    Ended ended = ChildProcess(launch).finish(input);
    for (const auto& left : fs::directory_iterator(folder.file("tmp"))) {
      const std::string name = left.path().filename();
      CHECK_FALSE(contains(name, "forkmap"));
    }
    return ended;
  }
};

}  // namespace

TEST_CASE("a plugin that other nodes lack is sent to them") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "rm p.so"};
  const std::string plugin = copy_of(example("arith"), shipped.folder, "p.so");
  const Ended ended = shipped.run({plugin + ":square"}, numbers(20'000));
  CHECK(ended.errors == "forkmap: plugin ./p.so was sent to localhost#2, localhost#3\n");
  CHECK(ended.status == 0);
  CHECK(ended.output == squares(20'000));
}

TEST_CASE("a plugin of which other nodes have another version is sent to them") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "printf x >> q.so; mv q.so p.so"};
  const std::string plugin = copy_of(example("arith"), shipped.folder, "p.so");
  (void)copy_of(example("arith"), shipped.folder, "q.so");
  const Ended ended = shipped.run({plugin + ":square", "1", "2", "3"});
  CHECK(ended.errors == "forkmap: plugin ./p.so was sent to localhost#2, localhost#3\n");
  CHECK(ended.status == 0);
  CHECK(ended.output == "1\n4\n9\n");
}

TEST_CASE("what other nodes have is not sent") {
  if (!has_mpi()) return;
  Shipped shipped{.script = ":"};
  const std::string plugin = copy_of(example("arith"), shipped.folder, "p.so");
  const Ended ended = shipped.run({plugin + ":square", "1", "2", "3"});
  CHECK(ended.errors == "");
  CHECK(ended.output == "1\n4\n9\n");
}

TEST_CASE("plugins by name, by -p and by their only function are sent, two of one name too") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "rm -r one two"};
  fs::create_directory(shipped.folder.file("one"));
  fs::create_directory(shipped.folder.file("two"));
  const std::string one = copy_of(example("arith"), shipped.folder, "one/p.so");
  const std::string two = copy_of(example("powers"), shipped.folder, "two/p.so");
  const Ended both = shipped.run({"-p", one, "-p", two, "cube", "1", "2"});
  CHECK(contains(both.errors, "plugin ./one/p.so was sent to localhost#2, localhost#3"));
  CHECK(contains(both.errors, "plugin ./two/p.so was sent to localhost#2, localhost#3"));
  CHECK(both.status == 0);
  CHECK(both.output == "1\n8\n");
  Shipped alone{.script = "rm p.so"};
  const std::string only = copy_of(example("checksum"), alone.folder, "p.so");
  const Ended ended = alone.run({only, "1", "2"});
  CHECK(ended.status == 0);
  CHECK(ended.output == run_forkmap({"run", "checksum", "1", "2"}).output);
}

// Agents have the variable as it is when mpirun starts.
TEST_CASE("a late plugin that other nodes do not find is sent, and is late there, too") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "export FORKMAP_PLUGIN_PATH=/nowhere"};
  fs::create_directory(shipped.folder.file("found"));
  (void)copy_of(example("powers"), shipped.folder, "found/later.so");
  NodeWords words = {"-p", "arith", "--late-plugin", "later", "cube"};
  const Ended stale = shipped.run(words, numbers(200));
  CHECK(contains(stale.errors, "plugin later was sent to localhost#2, localhost#3"));
  CHECK(stale.status == 1);
  CHECK(stale.output == "");
  CHECK(count_of(stale.errors, "StaleRegistry") > 0);
  words.insert(words.begin(), {"--on-stale", "refork"});
  const Ended cured = shipped.run(words, numbers(3));
  INFO(cured.errors);
  CHECK(cured.status == 0);
  CHECK(cured.output == "1\n8\n27\n");
}

TEST_CASE("a plugin of many megabytes arrives whole") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "rm p.so"};
  const std::string plugin = copy_of(example("arith"), shipped.folder, "p.so");
  fs::resize_file(shipped.folder.file("p.so"), std::uintmax_t{60} << 20U);
  const Ended ended = shipped.run({plugin + ":square"}, numbers(1000));
  CHECK(contains(ended.errors, "was sent to localhost#2, localhost#3"));
  CHECK(ended.status == 0);
  CHECK(ended.output == squares(1000));
}

TEST_CASE("a plugin that needs what lies beside it is not sent, and named") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "mv p.so gone.so"};
  const std::string plugin = copy_of(test_plugin("origin_runpath"), shipped.folder, "p.so");
  (void)copy_of(test_plugin("origin_helper"), shipped.folder, "origin_helper.so");
  const Ended ended = shipped.run({plugin + ":call_helper", "1"});
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(
      contains(ended.errors, "p.so is missing there, and cannot be sent: it was loaded in place"));
}

// The connection is there before the workers are.
TEST_CASE("workers of a node that was sent plugins hold nothing of its connection") {
  if (!has_mpi()) return;
  Shipped shipped{.script = "rm p.so"};
  const std::string plugin = copy_of(test_plugin("descriptors"), shipped.folder, "p.so");
  const Ended ended = shipped.run({"--chunk", "1", plugin + ":held"}, same_items(3000, "1"));
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK_FALSE(ended.output.empty());
  CHECK_FALSE(contains(ended.output, "socket:"));
}
