// SPDX-License-Identifier: Apache-2.0
//
// Whether a node would run what the coordinator runs.
#include "core/node/offers.hpp"

#include "tests/catch.hpp"

namespace forkmap::node {

namespace {

plugin::RegistryTable a_table() {
  plugin::RegistryTable table;
  table.add_function("square", "", types::parse_signature("(i64) -> i64"), {}, nullptr);
  table.add_function("name", "", types::parse_signature("(str) -> str"), {}, nullptr);
  return table;
}

}  // namespace

TEST_CASE("a node with the same functions runs the same code, whatever it has beside them") {
  const plugin::RegistryTable table = a_table();
  Hello hello = hello_of(table, {}, "n3", 2);
  CHECK(hello.host == "n3");
  CHECK(hello.workers == 2);
  CHECK(hello.processors >= 1);
  REQUIRE(hello.functions.size() == 2);
  CHECK(hello.functions[0] == OfferedFunction{"square", "(i64) -> i64", false, false});
  CHECK(differences(hello, table, {}).empty());
  hello.functions.push_back({"more", "(i64) -> i64", false, false});
  hello.plugins.push_back({"more", "1.0", "/more.so", "", 1});
  CHECK(differences(hello, table, {}).empty());
}

TEST_CASE("each function that is missing, or is another one, is named") {
  const plugin::RegistryTable table = a_table();
  Hello hello = hello_of(table, {}, "n3", 2);
  hello.functions[0].signature = "(f64) -> f64";
  hello.functions[1].full_name = "names";
  CHECK(differences(hello, table, {}) ==
        std::vector<std::string>{"function square (i64) -> i64 is (f64) -> f64 there",
                                 "function name (str) -> str is missing there"});
  hello = hello_of(table, {}, "n3", 2);
  hello.functions[1].once = true;
  CHECK(differences(hello, table, {}) ==
        std::vector<std::string>{
            "function name (str) -> str has other marks there (once, vectorized)"});
}

TEST_CASE("another seed, or other parameters, are named without their values") {
  const plugin::RegistryTable table = a_table();
  PoolOptions here;
  here.seed = 7;
  here.parameters = {{"key", "secret"}, {"scale", "2"}, {"same", "1"}};
  PoolOptions there = here;
  CHECK(differences(hello_of(table, there, "n3", 1), table, here).empty());
  there.seed = 8;
  there.parameters = {{"key", "other"}, {"more", "1"}, {"same", "1"}};
  CHECK(differences(hello_of(table, there, "n3", 1), table, here) ==
        std::vector<std::string>{
            "the seed is 8 there, 7 here", "parameter key has another value there",
            "parameter scale is missing there", "parameter more is missing here"});
}

TEST_CASE("a plugin that was built otherwise is named, with both builds") {
  static const forkmap_function kFunction = [] {
    forkmap_function function{};
    function.size_bytes = sizeof(function);
    function.name = "square";
    function.signature = "(i64) -> i64";
    function.call = [](forkmap_call*) { return 0; };
    return function;
  }();
  static const forkmap_plugin kDescriptor = [] {
    forkmap_plugin descriptor{};
    descriptor.size_bytes = sizeof(descriptor);
    descriptor.abi_version = 1;
    descriptor.name = "arith";
    descriptor.version = "1.0";
    descriptor.functions = &kFunction;
    descriptor.function_count = 1;
    return descriptor;
  }();
  plugin::RegistryTable table;
  plugin::PluginEntry entry;
  entry.name = "arith";
  entry.version = "1.0";
  entry.path = "/home/me/arith.so";
  entry.identity.build_id = "eae6e93b";
  entry.identity.size_bytes = 28512;
  entry.descriptor = &kDescriptor;
  table.add_plugin(entry);
  Hello hello = hello_of(table, {}, "n3", 1);
  REQUIRE(hello.plugins.size() == 1);
  CHECK(differences(hello, table, {}).empty());
  hello.plugins[0].build_id = "5c1e09d2";
  hello.plugins[0].size_bytes = 28440;
  CHECK(differences(hello, table, {}) ==
        std::vector<std::string>{"plugin arith: /home/me/arith.so has build-id 5c1e09d2 there, "
                                 "build-id eae6e93b here (28440 bytes there, 28512 here)"});
  hello.plugins[0].version = "2.0";
  CHECK(
      differences(hello, table, {}) ==
      std::vector<std::string>{"plugin arith: /home/me/arith.so has version 2.0 there, 1.0 here"});
  hello.plugins.clear();
  CHECK(differences(hello, table, {}) ==
        std::vector<std::string>{"plugin arith is not loaded there"});
}

TEST_CASE("other contents of a plugin or a library are named, other places are not") {
  const CodeFacts::Facts here = {
      {"code of arith", "100 bytes, hash 0a, build-id 77"},
      {"library libgsl.so.27", "/usr/lib/libgsl.so.27, 5 bytes, hash 01"}};
  CodeFacts::Facts there = here;
  there["library libgsl.so.27"] = "/opt/gsl, old/libgsl.so.27, 5 bytes, hash 01";
  CHECK(differences(there, here).empty());
  there["library libgsl.so.27"] = "/usr/lib/libgsl.so.27, 5 bytes, hash 02";
  there["library libextra.so"] = "/usr/lib/libextra.so, 7 bytes, hash 03";
  there.erase("code of arith");
  CHECK(differences(there, here) ==
        std::vector<std::string>{
            "code of arith is missing there",
            "library libgsl.so.27: /usr/lib/libgsl.so.27, 5 bytes, hash 02 there, "
            "/usr/lib/libgsl.so.27, 5 bytes, hash 01 here",
            "library libextra.so is there only: /usr/lib/libextra.so, 7 bytes, hash 03"});
}

}  // namespace forkmap::node
