// SPDX-License-Identifier: Apache-2.0
#include "core/types/parameters.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap::types;
using Names = std::vector<std::string>;

TEST_CASE("parameters know which of them were asked for, and what else was") {
  const Parameters parameters(Parameters::Values{{"a", "1"}, {"b", "2"}});
  CHECK(parameters.never_asked() == Names{"a", "b"});
  REQUIRE(parameters.ask("b") != nullptr);
  CHECK(*parameters.ask("b") == "2");
  CHECK(parameters.ask("d") == nullptr);
  CHECK(parameters.ask("c") == nullptr);
  CHECK(parameters.ask("c") == nullptr);
  CHECK(parameters.ask("") == nullptr);
  CHECK(parameters.ask(std::string(61, 'x')) == nullptr);  // longer than what is kept
  CHECK(parameters.ask(std::string(60, 'y')) == nullptr);
  CHECK(parameters.never_asked() == Names{"a"});
  CHECK(parameters.not_given() == Names{"c", "d", std::string(60, 'y')});
}

TEST_CASE("without any parameter nothing is kept, and of very many names not all") {
  const Parameters none(Parameters::Values{});
  CHECK(none.ask("a") == nullptr);
  CHECK(none.not_given().empty());
  const Parameters one(Parameters::Values{{"a", "1"}});
  for (int name = 0; name < 1000; ++name) CHECK(one.ask(std::to_string(name)) == nullptr);
  CHECK(one.not_given().size() == 64);
}

TEST_CASE("what a process is killed over while it notes a name hides no other name") {
  void* const memory = ::mmap(nullptr, sizeof(AskedNames), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto* const names = new (memory) AskedNames;
  *static_cast<std::uint32_t*>(memory) = ~std::uint32_t{0};  // killed between claim and name
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    names->note("factor");
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  names->note("factor");
  names->note("gamma");
  CHECK(names->all() == Names{"factor", "gamma"});
  *static_cast<std::uint32_t*>(memory) = 61;  // no length at all
  CHECK(names->all() == Names{"factor", "gamma"});
  ::munmap(memory, sizeof(AskedNames));
}
