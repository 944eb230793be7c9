// SPDX-License-Identifier: Apache-2.0
//
// What happens when a plugin's file changes after it was loaded.
#include <fcntl.h>
#include <unistd.h>

#include <forkmap/registry.hpp>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;
using Call = std::int64_t(std::int64_t);

namespace {

// As cp does it: the same file, cut and written again.
void overwrite(const std::string& target, const std::string& source) {
  std::ifstream from(source, std::ios::binary);
  std::ofstream to(target, std::ios::binary | std::ios::trunc);
  to << from.rdbuf();
  REQUIRE(to.good());
}

// The descriptor of the private copy with this file name; -1 if there is none.
int descriptor_of_copy(const std::string& file_name) {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = fs::read_symlink(entry.path(), error).string();
    if (target.starts_with("/memfd:" + file_name)) return std::stoi(entry.path().filename());
  }
  return -1;
}

}  // namespace

TEST_CASE("A17: a file overwritten in place after the load hurts nothing and is reported") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("helper_one"), folder, "helper.so");
  Registry registry;
  registry.load(file);
  const auto call = registry.function<Call>("call_helper");
  overwrite(file, example("text"));
  CHECK(call(0) == 1);
  CHECK(registry.function<Call>("count")(0) == 1);
  const std::string changed = registry.plugins()[0].changed;
  CHECK(changed.starts_with("helper.so: size "));
  CHECK(changed.find("build-id differs") != std::string::npos);
  fs::resize_file(file, 0);
  CHECK(call(0) == 1);
  CHECK(registry.plugins()[0].changed.find(" -> 0") != std::string::npos);
}

TEST_CASE("A17: a file replaced by rename after the load is reported, and the code stays") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("helper_one"), folder, "helper.so");
  Registry registry;
  registry.load(file);
  replace_file(file, bad("helper_two"));
  CHECK(registry.function<Call>("call_helper")(0) == 1);
  CHECK(registry.plugins()[0].changed.starts_with("helper.so: another file in its place"));
  fs::remove(file);
  CHECK(registry.plugins()[0].changed == "helper.so: is gone");
  CHECK(registry.function<Call>("call_helper")(0) == 1);
}

TEST_CASE("A16: a changed file is not loaded again silently, and a new registry has the new code") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("helper_one"), folder, "helper.so");
  Registry registry;
  registry.load(file);
  for (const bool by_rename : {false, true}) {
    if (by_rename) {
      replace_file(file, bad("helper_two"));
    } else {
      overwrite(file, bad("helper_two"));
    }
    const auto error = load_error([&] { registry.load(file); });
    REQUIRE(error);
    CHECK(error->step() == "registry");
    CHECK(error->reason().find("since generation 1") != std::string::npos);
    CHECK(error->reason().find("does not reload") != std::string::npos);
    CHECK(registry.generation() == 1);
    CHECK(registry.function<Call>("call_helper")(0) == 1);
    Registry fresh;
    CHECK(fresh.load(file).name == "helper_two");
    CHECK(fresh.function<Call>("call_helper")(0) == 2);
  }
}

TEST_CASE("A16: a file loaded in place and replaced since is refused, never silently old") {
  const TemporaryFolder folder;
  const std::string file = copied(bad("helper_one"), folder, "helper.so");
  Registry registry;
  registry.load(file, {.in_place = true});
  Registry same;
  CHECK(same.load(file, {.in_place = true}).name == "helper_one");
  replace_file(file, bad("helper_two"));
  Registry fresh;
  const auto error = load_error([&] { fresh.load(file, {.in_place = true, .probe = false}); });
  REQUIRE(error);
  CHECK(error->reason().find("another version of this file") != std::string::npos);
  CHECK(fresh.load(file).name == "helper_two");
}

TEST_CASE("a descriptor number that somebody closed does not bring back the old plugin") {
  Registry registry;
  registry.load(bad("helper_one"));
  const int number = descriptor_of_copy("helper_one.so");
  REQUIRE(number >= 0);
  REQUIRE(::close(number) == 0);
  CHECK(registry.load(bad("helper_two")).name == "helper_two");
  CHECK(descriptor_of_copy("helper_two.so") != number);
  CHECK(registry.function<Call>("helper_two:call_helper")(0) == 2);
  CHECK(registry.function<Call>("helper_one:call_helper")(0) == 1);
}

TEST_CASE("a private copy is sealed, at a high number, and closed on exec") {
  Registry registry;
  registry.load(bad("helper_one"));
  const int number = descriptor_of_copy("helper_one.so");
  CHECK(number >= 256);
  CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(number, F_GET_SEALS) & F_SEAL_WRITE) != 0);
  CHECK(::ftruncate(number, 0) != 0);
}
