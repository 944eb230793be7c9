// SPDX-License-Identifier: Apache-2.0
// What names a function of a source file, and what it is called.

#include "host/source/source_word.hpp"

#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

void is_word(const std::string& text, const SourceWord& expected) {
  CAPTURE(text);
  const auto word = source_word(text);
  REQUIRE(word);
  CHECK(word->file == expected.file);
  CHECK(word->function == expected.function);
  CHECK(word->arguments == expected.arguments);
  CHECK((word->language == expected.language));
}

}  // namespace

TEST_CASE("the ending of a file says its language, and what is behind a colon its function") {
  is_word("primes.cpp:smallest_factor", {"primes.cpp", "smallest_factor", "", Language::cxx});
  is_word("./a b/primes.cc", {"./a b/primes.cc", "", "", Language::cxx});
  is_word("x.y.cxx:f", {"x.y.cxx", "f", "", Language::cxx});
  is_word("phys.cpp:phys::energy", {"phys.cpp", "phys::energy", "", Language::cxx});
  is_word("t.cpp:tmpl<int>", {"t.cpp", "tmpl<int>", "", Language::cxx});
  is_word("a.cpp:over(f64)", {"a.cpp", "over", "f64", Language::cxx});
  is_word("a.cpp: over ( f64, i64 ) ", {"a.cpp", "over ( f64, i64 )", "", Language::cxx});
  is_word("a.cpp:over( f64, i64 )", {"a.cpp", "over", "f64, i64", Language::cxx});
  is_word("a.c:f", {"a.c", "f", "", Language::c});
  is_word("dir.c/a.c:f", {"dir.c/a.c", "f", "", Language::c});
  for (const char* const ending : {".f90", ".f95", ".f03", ".f08", ".f", ".for"}) {
    is_word("old" + std::string(ending) + ":f",
            {"old" + std::string(ending), "f", "", Language::fortran});
  }
}

TEST_CASE("what has another ending names no source") {
  for (const char* const text : {"arith", "arith:square", "./my.so:square", "my.so", "a.cpp2:f", "",
                                 ".cpp:f", "dir/.c", "a.cpp/b", "a.config:f", "square.", "a.h:f"}) {
    CAPTURE(text);
    CHECK_FALSE(source_word(text));
  }
}

TEST_CASE("plugins and functions have names of letters, digits, dots and the like") {
  CHECK(plugin_name_of("dir/primes.cpp") == "primes");
  CHECK(plugin_name_of("a b:c.cpp") == "a_b_c");
  CHECK(function_name_of("square") == "square");
  CHECK(function_name_of("::square") == "square");
  CHECK(function_name_of("phys::energy") == "phys.energy");
  CHECK(function_name_of("tmpl<int>") == "tmpl-int");
  CHECK(function_name_of("tmpl<int, 3>") == "tmpl-int-3");
}
