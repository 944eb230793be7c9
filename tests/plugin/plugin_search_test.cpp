// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/plugin_search.hpp"

#include <algorithm>
#include <cstdlib>
#include <forkmap/registry.hpp>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap::plugin;

TEST_CASE("a value with a slash or ending in .so is a path") {
  CHECK(find_plugin("./arith") == "./arith");
  CHECK(find_plugin("arith.so") == "arith.so");
  CHECK(find_plugin("/a/b.so") == "/a/b.so");
}

TEST_CASE("a bare name is searched in the folders of FORKMAP_PLUGIN_PATH, in order") {
  const TemporaryFolder first;
  const TemporaryFolder second;
  fs::copy_file(bad("helper_two"), second.file("helper_one.so"));
  ::setenv("FORKMAP_PLUGIN_PATH", (first.path() + "::" + second.path()).c_str(), 1);
  CHECK(find_plugin("helper_one") == second.file("helper_one.so"));
  fs::copy_file(bad("helper_one"), first.file("helper_one.so"));
  CHECK(find_plugin("helper_one") == first.file("helper_one.so"));
  forkmap::Registry registry;
  CHECK(registry.load("helper_one").path == first.file("helper_one.so"));
}

TEST_CASE("a name that is not found names the folders, and names that look like it") {
  const TemporaryFolder folder;
  fs::copy_file(example("arith"), folder.file("arith.so"));
  ::setenv("FORKMAP_PLUGIN_PATH", folder.path().c_str(), 1);
  const auto error = load_error([] { (void)find_plugin("arit"); });
  REQUIRE(error);
  CHECK(error->file() == "arit");
  CHECK(error->step() == "search");
  CHECK(error->reason().find(folder.path()) != std::string::npos);
  CHECK(error->reason().find("did you mean arith?") != std::string::npos);
  CHECK(load_error([] { (void)find_plugin(""); }));
  CHECK(load_error([] { (void)find_plugin(std::string("a\0b", 3)); }));
}

TEST_CASE("all plugins of the folders are listed") {
  const TemporaryFolder folder;
  fs::copy_file(example("arith"), folder.file("zebra.so"));
  fs::copy_file(example("arith"), folder.file("zebra.txt"));
  ::setenv("FORKMAP_PLUGIN_PATH", (folder.path() + ":/no/such/folder").c_str(), 1);
  const auto names = installed_plugins();
  CHECK(std::count(names.begin(), names.end(), "zebra") == 1);
}
