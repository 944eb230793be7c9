// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <forkmap/registry.hpp>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using forkmap::Registry;

namespace {

void check_refused(const std::string& path, const std::string& step, const std::string& reason) {
  INFO(path);
  Registry registry;
  const std::size_t descriptors = open_descriptors();
  const auto error = load_error([&] { registry.load(path, {.probe_timeout_ms = 10'000}); });
  REQUIRE(error);
  CHECK(error->step() == step);
  CHECK_THAT(error->reason(), Catch::Contains(reason));
  CHECK(registry.generation() == 0);
  CHECK(registry.plugins().empty());
  CHECK(open_descriptors() == descriptors);
}

}  // namespace

TEST_CASE("A10: a plugin that is cut off is refused and the host lives") {
  const TemporaryFolder folder;
  const std::uint64_t size = fs::file_size(example("arith"));
  for (const std::uint64_t cut : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{64},
                                  std::uint64_t{4096}, size / 2, size - 1}) {
    const std::string file = folder.file("cut.so");
    fs::copy_file(example("arith"), file, fs::copy_options::overwrite_existing);
    fs::resize_file(file, cut);
    check_refused(file, "file", cut == 0 ? "empty" : "cut off");
  }
}

TEST_CASE("what is no file, or no shared object, is refused by its kind") {
  const TemporaryFolder folder;
  check_refused(folder.file("missing.so"), "file", "No such file");
  check_refused(folder.path() + "/", "file", "folder");
  REQUIRE(::mkfifo(folder.file("fifo.so").c_str(), 0600) == 0);
  check_refused(folder.file("fifo.so"), "file", "not a regular file");
  std::ofstream(folder.file("text.so")) << "not a plugin\n";
  check_refused(folder.file("text.so"), "file", "not an ELF file");
  check_refused("/dev/null", "file", "not a regular file");
}

TEST_CASE("A12: a plugin of another ABI is refused by its symbols") {
  check_refused(bad("wrong_abi"), "abi", "ABI 2, this forkmap needs 1");
}

TEST_CASE("a shared object that is no plugin gets the recipe that wraps it") {
  check_refused(bad("no_descriptor"), "abi", "FORKMAP_PLUGIN(\"no_descriptor\", \"1.0\",");
  check_refused(bad("no_descriptor"), "abi", "$(forkmap cflags)");
}

TEST_CASE("a descriptor that is wrong is refused by what is wrong with it") {
  check_refused(bad("null_descriptor"), "descriptor", "null pointer");
  check_refused(bad("small_descriptor"), "descriptor", "8 bytes");
  check_refused(bad("wrong_abi_field"), "descriptor", "ABI 7, this forkmap needs 1");
  check_refused(bad("null_plugin_name"), "descriptor", "the plugin's name is missing");
  check_refused(bad("null_functions"), "descriptor", "table of functions is missing");
  check_refused(bad("many_functions"), "descriptor", "18446744073709551615");
  check_refused(bad("null_name"), "descriptor", "the name of function 1 is missing");
  check_refused(bad("colon_in_name"), "descriptor", "character");
  check_refused(bad("null_signature"), "descriptor", "the signature of identity is missing");
  check_refused(bad("bad_signature"), "descriptor", "(i64, -> f65");
  check_refused(bad("duplicate_function"), "descriptor", "two functions are named identity");
  check_refused(bad("no_entry"), "descriptor", "neither a run nor a call entry");
  check_refused(bad("vectorized_once"), "descriptor", "identity is vectorized and marked once");
  check_refused(bad("vectorized_and_call"), "descriptor", "a run_vector entry beside");
}

TEST_CASE("without a probe a wrong descriptor is refused all the same") {
  Registry registry;
  const std::size_t descriptors = open_descriptors();
  for (const char* plugin :
       {"bad_signature", "null_descriptor", "undefined_symbol", "no_descriptor"}) {
    CHECK(load_error([&] { registry.load(bad(plugin), {.probe = false}); }));
  }
  CHECK(registry.generation() == 0);
  CHECK(open_descriptors() == descriptors);
}

TEST_CASE("constructors that fail leave no descriptor behind") {
  for (const char* plugin :
       {"crashes_in_constructor", "exits_in_constructor", "throws_in_constructor"}) {
    check_refused(bad(plugin), "open", "while its constructors ran");
  }
  check_refused(bad("undefined_symbol"), "open", "symbol_that_nobody_defines");
}

TEST_CASE("an error names file, step and reason in one text") {
  Registry registry;
  CHECK_THROWS_WITH(
      registry.load(bad("wrong_abi")),
      "cannot load plugin " + bad("wrong_abi") +
          ": abi: ABI 2, this forkmap needs 1; build the plugin against this version's "
          "<forkmap/plugin.h>");
}
