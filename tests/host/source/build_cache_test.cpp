// SPDX-License-Identifier: Apache-2.0
// What is kept is found while its files are what they were; a folder that others can write to is
// not used.

#include "host/source/build_cache.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

namespace fs = std::filesystem;

struct Home {
  Home() { ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1); }  // NOLINT(concurrency-mt-unsafe)
  ~Home() { ::unsetenv("XDG_CACHE_HOME"); }                         // NOLINT(concurrency-mt-unsafe)
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  tests::TemporaryFolder folder;
};

std::string kept(const BuildCache& cache, const std::string& key,
                 const std::vector<std::string>& files) {
  const std::string folder = cache.new_folder();
  const std::string built = folder + "/p.so";
  tests::TemporaryFolder text;
  fs::copy_file(text.file("x", "plugin of " + key), built);
  const std::string place = cache.keep(key, "p", built, files);
  fs::remove_all(folder);
  return place;
}

}  // namespace

TEST_CASE("a plugin is found until a file that was read is changed, replaced or gone") {
  const Home home;
  const tests::TemporaryFolder folder;
  const std::string source = folder.file("a b.cpp", "1");
  const std::string header = folder.file("h.hpp", "2");
  const BuildCache cache;
  REQUIRE(cache.is_usable());
  CHECK_FALSE(cache.find("key"));
  const std::string place = kept(cache, "key", {source, header});
  CHECK(cache.find("key") == place);
  CHECK(BuildCache().find("key") == place);
  CHECK_FALSE(cache.find("other"));
  SECTION("changed") {
    (void)folder.file("h.hpp", "3 and more");
    CHECK_FALSE(cache.find("key"));
  }
  SECTION("replaced by its like") {
    (void)folder.file("new", "1");
    fs::rename(folder.file("new"), source);
    CHECK_FALSE(cache.find("key"));
  }
  SECTION("gone") {
    fs::remove(header);
    CHECK_FALSE(cache.find("key"));
  }
  SECTION("the plugin itself is gone") {
    fs::remove(place);
    CHECK_FALSE(cache.find("key"));
  }
}

// Its loader would take it for another file.
TEST_CASE("a plugin that is found, or built again, is not touched") {
  const Home home;
  const BuildCache cache;
  const std::string place = kept(cache, "key", {});
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(place, long_ago);
  struct stat before{};
  REQUIRE(::stat(place.c_str(), &before) == 0);
  CHECK(cache.find("key") == place);
  CHECK(kept(cache, "key", {}) == place);
  struct stat after{};
  REQUIRE(::stat(place.c_str(), &after) == 0);
  CHECK(after.st_ino == before.st_ino);
  CHECK(fs::last_write_time(place) == long_ago);
  // What was used lately is told by the entry.
  CHECK(fs::last_write_time(home.folder.path() + "/forkmap/key") > long_ago);
}

TEST_CASE("an entry that is cut, or names a file elsewhere, is none") {
  const Home home;
  const BuildCache cache;
  const std::string place = kept(cache, "key", {});
  const std::string folder = home.folder.path() + "/forkmap";
  const std::string name = fs::path(place).filename();
  for (const std::string& text : {std::string(), name, name + "\n", name + "\n1 2 3 /etc/passwd\n",
                                  "../" + name + "\nend\n", std::string("/etc/passwd\nend\n")}) {
    CAPTURE(text);
    (void)home.folder.file("forkmap/key", text);
    CHECK_FALSE(cache.find("key"));
  }
  (void)home.folder.file("forkmap/key", name + "\nend\n");
  CHECK(cache.find("key") == place);
}

TEST_CASE("a folder to which others can write, or that is a link, is not used") {
  const Home home;
  const std::string folder = home.folder.path() + "/forkmap";
  SECTION("writable by others") {
    REQUIRE(BuildCache().is_usable());
    fs::permissions(folder, fs::perms::others_write, fs::perm_options::add);
    const BuildCache cache;
    CHECK(cache.why() == "others can write to " + folder);
    // It builds elsewhere.
    const std::string elsewhere = cache.new_folder();
    CHECK_FALSE(elsewhere.starts_with(folder));
    fs::remove_all(elsewhere);
  }
  SECTION("a link") {
    fs::create_directory(home.folder.file("real"));
    fs::create_directory_symlink(home.folder.file("real"), folder);
    CHECK_FALSE(BuildCache().is_usable());
  }
  SECTION("a file") {
    (void)home.folder.file("forkmap", "x");
    CHECK_FALSE(BuildCache().is_usable());
  }
  SECTION("somebody else's") {
    if (::geteuid() != 0) {
      SUCCEED("nobody else can be given a folder");
      return;
    }
    REQUIRE(BuildCache().is_usable());
    REQUIRE(::chown(folder.c_str(), 12345, 12345) == 0);
    CHECK(BuildCache().why() == folder + " is somebody else's");
  }
}

TEST_CASE("what killed builders have left, and too much, goes away once a day") {
  const Home home;
  const std::string folder = home.folder.path() + "/forkmap";
  const BuildCache first;
  const std::string old_build = first.new_folder();
  const std::string new_build = first.new_folder();
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(30);
  const std::string oldest = home.folder.file("forkmap/oldest.so", "x");
  const std::string newest = home.folder.file("forkmap/newest.so", "x");
  fs::resize_file(oldest, std::uintmax_t{150} << 20U);
  fs::resize_file(newest, std::uintmax_t{100} << 20U);
  // Old, but named by an entry that was used today.
  const std::string used = home.folder.file("forkmap/used.so", "x");
  (void)home.folder.file("forkmap/key", "used.so\nend\n");
  for (const std::string& file : {old_build, oldest, used}) fs::last_write_time(file, long_ago);
  BuildCache();  // it was cleaned today
  CHECK(fs::exists(oldest));
  fs::last_write_time(folder + "/cleaned", long_ago);
  BuildCache();
  CHECK_FALSE(fs::exists(oldest));
  CHECK(fs::exists(newest));
  CHECK(fs::exists(used));
  CHECK_FALSE(fs::exists(old_build));
  CHECK(fs::exists(new_build));
}
