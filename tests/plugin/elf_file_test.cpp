// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/elf_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <forkmap/registry.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap::plugin;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ElfFacts facts_of(const std::string& bytes) {
  const forkmap::base::UniqueFd fd(::memfd_create("elf", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return read_elf_facts(fd.get(), bytes.size());
}

}  // namespace

TEST_CASE("a plugin's file says its build-id, ABI and libraries") {
  const ElfFacts facts = facts_of(content_of(example("arith")));
  CHECK(facts.has_symbols);
  CHECK(facts.abi_versions == std::vector<std::uint32_t>{1});
  CHECK(facts.build_id.size() == 40);
  CHECK_FALSE(facts.uses_origin);
  CHECK(facts.unique_symbols.empty());
  CHECK(std::find(facts.needed.begin(), facts.needed.end(), "libc.so.6") != facts.needed.end());
}

TEST_CASE("run paths with $ORIGIN, other ABIs and unique symbols are found") {
  const ElfFacts origin = facts_of(content_of(bad("origin_runpath")));
  CHECK(origin.uses_origin);
  CHECK(origin.run_paths == std::vector<std::string>{"$ORIGIN"});
  CHECK(facts_of(content_of(bad("wrong_abi"))).abi_versions == std::vector<std::uint32_t>{2});
  CHECK(facts_of(content_of(bad("no_descriptor"))).abi_versions.empty());
  CHECK_FALSE(facts_of(content_of(bad("unique_symbol"))).unique_symbols.empty());
}

TEST_CASE("A10: each way to cut a plugin off is named, and none is read past its end") {
  const std::string whole = content_of(example("arith"));
  for (std::size_t size = 0; size < whole.size(); size += size < 4200 ? 1 : 97) {
    CHECK_THROWS_AS(facts_of(whole.substr(0, size)), std::invalid_argument);
  }
  CHECK_THROWS_WITH(facts_of(""), "the file is empty");
  CHECK_THROWS_WITH(facts_of(whole.substr(0, whole.size() - 1)), Catch::Contains("cut off"));
}

TEST_CASE("files of other kinds are called by their names") {
  CHECK_THROWS_WITH(facts_of("#!/bin/sh\n"), "it is not an ELF file");
  CHECK_THROWS_WITH(facts_of("!<arch>\nmember"), Catch::Contains("static library"));
  CHECK_THROWS_WITH(facts_of(content_of("/proc/self/exe")), Catch::Contains("executable"));
  std::string other = content_of(example("arith"));
  other[18] = 8;  // e_machine: MIPS
  CHECK_THROWS_WITH(facts_of(other), Catch::Contains("another machine"));
  other = content_of(example("arith"));
  other[16] = 1;  // e_type: an object file
  CHECK_THROWS_WITH(facts_of(other), Catch::Contains("object file"));
}

TEST_CASE("damaged bytes are refused or read, and never touched outside of the file") {
  const std::string whole = content_of(bad("wrong_abi"));
  std::mt19937 random(20240229);
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    // The tables at both ends are where a wrong number can lead anywhere.
    const int changes = 1 + round % 8;
    for (int change = 0; change < changes; ++change) {
      const std::size_t near_begin = random() % 1024;
      const std::size_t near_end = damaged.size() - 1 - random() % 2048;
      damaged[change % 2 == 0 ? near_begin : near_end] = static_cast<char>(random());
    }
    try {
      (void)facts_of(damaged);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("without section headers the symbols are unknown, and the rest is read all the same") {
  std::string stripped = content_of(example("arith"));
  std::fill_n(stripped.begin() + 0x28, 8, '\0');  // e_shoff
  std::fill_n(stripped.begin() + 0x3c, 2, '\0');  // e_shnum
  const ElfFacts facts = facts_of(stripped);
  CHECK_FALSE(facts.has_symbols);
  CHECK(facts.abi_versions.empty());
  CHECK(facts.build_id.size() == 40);
  const TemporaryFolder folder;
  std::ofstream(folder.file("stripped.so"), std::ios::binary) << stripped;
  forkmap::Registry registry;
  CHECK(registry.load(folder.file("stripped.so")).name == "arith");
}
