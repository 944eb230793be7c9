// SPDX-License-Identifier: Apache-2.0
//
// The command with plugins that are bound to something else than they should be, and that are not
// to be believed.
#include <link.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

// The line behind "to replay it: ".
std::string replay_of(const std::string& errors) {
  constexpr std::string_view kMark = "to replay it: ";
  const auto at = errors.find(kMark);
  if (at == std::string::npos) return {};
  const auto begin = at + kMark.size();
  return errors.substr(begin, errors.find('\n', begin) - begin);
}

Ended run_shell(const std::string& line) {
  return ChildProcess({.command = {"/bin/sh", "-c", line}}).finish();
}

// A copy of a file whose notes are said to be where nothing is.
void copy_with_wild_notes(const std::string& from, const std::string& to) {
  std::ifstream source(from, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(source), {}};
  ElfW(Ehdr) header;
  REQUIRE(bytes.size() > sizeof header);
  std::memcpy(&header, bytes.data(), sizeof header);
  int changed = 0;
  for (std::size_t number = 0; number < header.e_phnum; ++number) {
    char* const place = bytes.data() + header.e_phoff + number * sizeof(ElfW(Phdr));
    ElfW(Phdr) segment;
    std::memcpy(&segment, place, sizeof segment);
    if (segment.p_type != PT_NOTE) continue;
    segment.p_vaddr = 0x700000000000 + static_cast<ElfW(Addr)>(changed++) * 0x10000;
    segment.p_memsz = 0x100000;
    std::memcpy(place, &segment, sizeof segment);
  }
  REQUIRE(changed > 0);
  std::ofstream(to, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("K7: a run with a library whose functions were taken away is refused, and can be cured") {
  const std::string plugin = test_plugin("own_names_user");
  const Ended refused = run_forkmap({"run", plugin + ":gamma", "1", "2"});
  CHECK(refused.status == 2);
  CHECK(refused.output.empty());
  CHECK(contains(refused.errors, ": bind: "));
  CHECK(contains(refused.errors, "--bind own"));
  const Ended own = run_forkmap({"run", "--bind", "own", plugin + ":gamma", "1", "2"});
  CHECK(own.status == 0);
  CHECK(own.output == "1.25\n2.25\n");
  CHECK(own.errors.empty());
  const Ended serial = run_forkmap({"run", "--serial", "--bind", "own", plugin + ":y1", "1"});
  CHECK(serial.output == "101\n");
  const Ended any = run_forkmap({"run", "--bind", "any", plugin + ":gamma", "1"});
  CHECK(any.status == 0);
  CHECK(any.output != "1.25\n");
  CHECK(count_of(any.errors, "is bound to") == 1);
  CHECK(run_forkmap({"run", "--bind", "all", plugin + ":gamma", "1"}).status == 2);
}

TEST_CASE("K7: inspect and list tell of it, and inspect takes the options") {
  const std::string plugin = test_plugin("own_names_user");
  const Ended refused = run_forkmap({"inspect", plugin});
  CHECK(refused.status == 2);
  CHECK(contains(refused.output, "bind"));
  CHECK(contains(refused.output, "libown_names.so"));
  CHECK(run_forkmap({"inspect", "--bind", "own", plugin}).status == 0);
  CHECK(contains(run_forkmap({"list", plugin}).errors, "is bound to"));
}

TEST_CASE("K7: two plugins with different libraries of one soname are not run together") {
  const std::string one = test_plugin("version_user_1");
  const std::string two = test_plugin("version_user_2");
  const Ended refused = run_forkmap({"run", "-p", one, two + ":version", "1"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "versions_1/libversions.so.1"));
  CHECK(contains(refused.errors, "versions_2/libversions.so.1"));
  CHECK(contains(refused.errors, one));
  CHECK(run_forkmap({"run", one + ":version", "1"}).output == "1\n");
  CHECK(run_forkmap({"run", two + ":version", "1"}).output == "2\n");
}

#if !defined(FORKMAP_SANITIZED)  // which wants to be the first library
TEST_CASE("K7: what was preloaded may take the place of others") {
  const std::string plugin = test_plugin("own_names_user");
  Launch launch;
  launch.environment = {{"LD_PRELOAD", test_plugin("libown_names")}};
  const Ended ended = run_forkmap({"run", plugin + ":gamma", "1"}, {}, launch);
  CHECK(ended.status == 0);
  CHECK(ended.output == "1.25\n");
}

#endif

TEST_CASE("K7: an undefined symbol of a library's part names --global, which the replay has, too") {
  const std::string plugin = test_plugin("kernel_lazy");
  const Ended ended = run_forkmap({"run", plugin + ":value", "1"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "undefined symbol: core_table"));
  CHECK(contains(ended.errors, "--global libkernel_core.so"));
  const Ended cured = run_forkmap({"run", "--global", "libkernel_core.so", plugin + ":value", "1"});
  CHECK(cured.status == 0);
  CHECK(cured.output == "10\n");
  const Ended unknown = run_forkmap({"run", "--global", "libnone.so", plugin + ":value", "1"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.errors, "libnone.so"));
}

TEST_CASE("K7: no room for thread-local data names what makes room") {
  const std::string plugin = test_plugin("static_tls");
  const Ended refused = run_forkmap({"run", plugin + ":touch", "1"});
  CHECK(refused.status == 2);
  constexpr std::string_view kTunable = "glibc.rtld.optional_static_tls=65536";
  CHECK(contains(refused.errors, kTunable));
  Launch launch;
  launch.environment = {{"GLIBC_TUNABLES", std::string(kTunable)}};
  const Ended cured = run_forkmap({"run", plugin + ":touch", "1"}, {}, launch);
  CHECK(cured.status == 0);
  CHECK(cured.output == "7\n");
}

TEST_CASE("K7: the replay line of a failed item is bound as the run was") {
  const std::string library = test_plugin("libown_names_symbolic");
  const Ended failed = run_forkmap(
      {"run", "--bind", "own", "--global", library, test_plugin("believed") + ":crash_in_f", "1"});
  CHECK(failed.status == 1);
  const std::string replay = replay_of(failed.errors);
  CHECK(contains(replay, " --bind own --global " + library + " "));
  CHECK(run_shell(replay).status == 128 + SIGFPE);
}

TEST_CASE("K7: the shell loads with the same options") {
  const std::string plugin = test_plugin("own_names_user");
  const Ended refused = run_forkmap({"shell"}, "load " + plugin + "\n");
  CHECK(contains(refused.output + refused.errors, "is bound to"));
  const Ended own = run_forkmap({"shell"}, "load " + plugin + " bind=own\nserial gamma 1\n");
  CHECK(contains(own.output, "1.25"));
  const Ended global = run_forkmap({"shell"}, "load " + test_plugin("kernel_lazy") +
                                                  " global=libkernel_core.so\nserial value 1\n");
  CHECK(contains(global.output, "10"));
  CHECK(run_forkmap({"shell"}, "load arith bind=all\n").status != 0);
}

TEST_CASE("K9: notes at a wild address are not read, in a plugin or in a library") {
  const TestFolder folder;
  const std::string plugin = folder.path() + "/faulty.so";
  copy_with_wild_notes(faulty(), plugin);
  const Ended ended = run_forkmap({"run", plugin + ":crash_on_three", "1", "2", "3"});
  CHECK(ended.status == 1);
  CHECK(ended.output == "1\n2\n");
  CHECK(contains(ended.errors, "in faulty.so: faulty::crash_on_three(long)+0x"));
  CHECK(run_forkmap({"inspect", plugin}).status == 0);
}

TEST_CASE("K9: a needed library with notes at a wild address is not said to be replaced") {
  const TestFolder folder;
  copy_with_wild_notes(test_plugin("libown_names"), folder.path() + "/libown_names.so");
  Launch launch;
  launch.environment = {{"LD_LIBRARY_PATH", folder.path()}};
  const Ended ended = run_forkmap(
      {"run", "--bind", "own", test_plugin("own_names_user") + ":gamma", "1"}, {}, launch);
  CHECK(ended.output == "1.25\n");
  CHECK(ended.errors.empty());
}

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("K9: notes of a library at a wild address are not read") {
  const TestFolder folder;
  const std::string library = folder.path() + "/libown_names_symbolic.so";
  copy_with_wild_notes(test_plugin("libown_names_symbolic"), library);
  Launch launch;
  launch.environment = {{"LD_PRELOAD", library}};
  const Ended ended = run_forkmap({"run", faulty() + ":crash_on_three", "1", "3"}, {}, launch);
  CHECK(ended.status == 1);
  CHECK(ended.output == "1\n");
}
#endif

TEST_CASE("K9: a plugin whose descriptor is made at run time is told by its file") {
  const Ended ended = run_forkmap({"run", test_plugin("believed") + ":crash_in_f", "1"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "in believed.so: f+0x"));
}

TEST_CASE("K9: a name that expands without end is told as it stands") {
  const Ended ended = run_forkmap({"run", test_plugin("believed") + ":crash_without_end", "1"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "in believed.so: _Z1f1PI1A1AES_IS1_S1_E"));
}

TEST_CASE("K9: a frame larger than the stack is a stack overflow, however large") {
  // The last one's middle lies far below all that the kernel, or a sanitizer, maps by itself; in
  // between are the libraries, and the pool's own windows, which a function may write to.
  const std::string size = GENERATE("20", "300", "1500", "117000000");
  const Ended ended = run_forkmap({"run", test_plugin("believed") + ":large_frame", size});
  CAPTURE(size, ended.errors);
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "stack overflow, in believed.so: "));
  CHECK(run_forkmap({"run", test_plugin("believed") + ":large_frame", "1"}).output == "1\n");
}
