// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loaded_objects.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <forkmap/registry.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace forkmap;
using namespace forkmap::plugin;
using plugin_test::bad;

namespace {

__attribute__((noinline)) int hidden_function(int x) {
  volatile int kept = x;
  return kept + 1;
}

std::uint64_t address_of(const void* thing) { return reinterpret_cast<std::uintptr_t>(thing); }

// A memfd with these bytes.
base::UniqueFd file_of(const std::vector<char>& bytes) {
  base::UniqueFd file(::memfd_create("symbols", MFD_CLOEXEC));
  REQUIRE(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return file;
}

std::string path_of(const base::UniqueFd& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

std::vector<char> bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a hidden function of this program is found by its address, with its offset") {
  REQUIRE(hidden_function(1) == 2);
  const Registry registry;
  const LoadedObjects objects(registry.table());
  const auto begin = reinterpret_cast<std::uintptr_t>(&hidden_function);
  const CodePlace place = objects.find(begin + 1, false);
  CHECK(place.object == std::filesystem::read_symlink("/proc/self/exe"));
  CHECK_THAT(place.function, Catch::Contains("hidden_function(int)"));
  CHECK(place.in_function == 1);
  CHECK(place.is_forkmap);
  CHECK_FALSE(place.is_plugin);
  // A call may be the last instruction of a function: the address behind it is the next one's.
  CHECK_THAT(objects.find(begin, false).function, Catch::Contains("hidden_function"));
  CHECK_THAT(objects.find(begin, true).function, !Catch::Contains("hidden_function"));
}

TEST_CASE("a function of a library is found by its name") {
  const Registry registry;
  const LoadedObjects objects(registry.table());
  const CodePlace place = objects.find(reinterpret_cast<std::uintptr_t>(&::abort) + 4, false);
#if defined(FORKMAP_SANITIZED)
  CHECK_THAT(place.function, Catch::Contains("abort"));
#else
  CHECK(place.function == "abort");
  CHECK_THAT(place.object, Catch::Contains("libc"));
#endif
  CHECK_FALSE(place.is_plugin);
}

TEST_CASE("an address of a plugin's private copy is told with the plugin's file and build-id") {
  Registry registry;
  const PluginInfo info = registry.load(bad("faulty"));
  const LoadedObjects objects(registry.table());
  const auto& function = registry.table().resolve("crash_on_three");
  const CodePlace place =
      objects.find(reinterpret_cast<std::uintptr_t>(function.record->run), false);
  CHECK(place.is_plugin);
  CHECK(place.object == info.path);
  CHECK(place.build_id == info.build_id);
  CHECK_THAT(place.function, Catch::Contains("faulty::crash_on_three"));
}

TEST_CASE("an address of nothing that is loaded is told as such") {
  const Registry registry;
  const LoadedObjects objects(registry.table());
  const std::uint64_t address = GENERATE(0U, 1U, ~std::uint64_t{0});
  const CodePlace place = objects.find(address, false);
  CHECK(place.object.empty());
  CHECK(place.function.empty());
  CHECK(place.in_file == address);
}

TEST_CASE("what is loaded after the list was made is not taken for something in it") {
  Registry registry;
  const LoadedObjects objects(registry.table());
  registry.load(bad("wild"));
  const auto* const descriptor = registry.table().plugins().at(0).descriptor;
  CHECK(objects.find(address_of(descriptor), false).object.empty());
}

TEST_CASE("symbols of damaged files are none, or some, and do no harm") {
  const std::vector<char> whole = bytes_of(bad("faulty"));
  REQUIRE(whole.size() > 4096);
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<char> bytes = whole;
    if (round % 2 == 0) bytes.resize(random() % bytes.size());
    for (int flip = 0; flip < 50 && !bytes.empty(); ++flip) {
      // The headers at both ends are what leads to the rest.
      const std::size_t near = random() % std::min<std::size_t>(bytes.size(), 2048);
      bytes[random() % 2 == 0 ? near : bytes.size() - 1 - near] = static_cast<char>(random());
    }
    const base::UniqueFd file = file_of(bytes);
    const SymbolTable symbols(path_of(file));
    for (std::uint64_t address = 0; address < 0x8000; address += 64) {
      if (const auto place = symbols.find(address)) CHECK(place->function.size() <= 4096);
    }
  }
  CHECK_FALSE(SymbolTable().find(0x1000));
  CHECK_FALSE(SymbolTable("/not/there").find(0x1000));
  CHECK_FALSE(SymbolTable("/dev/null").find(0x1000));
  CHECK_FALSE(SymbolTable(path_of(file_of({}))).find(0x1000));
}
