// SPDX-License-Identifier: Apache-2.0
// What a wrapper is made of. That it compiles and computes is tested with the command.

#include "host/source/wrapper.hpp"

#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a function of C++ is named, and its types are the compiler's business") {
  const std::string text = wrapper_of("/a/primes.cpp", *source_word("primes.cpp:phys::energy"));
  CHECK(has(text, "#include <forkmap/plugin.hpp>\n"));
  CHECK(has(text, "#include \"/a/primes.cpp\"\n"));
  CHECK(has(text, "#line 1 \"primes.cpp:phys::energy\"\n"));
  CHECK(has(text,
            "FORKMAP_PLUGIN(\"primes\", \"0\", "
            "forkmap::function<::phys::energy>(\"phys.energy\"))"));
}

TEST_CASE("an overload is chosen by its types, forkmap's or those of C++") {
  const auto part = [](const std::string& word) {
    return wrapper_of("/a.cpp", *source_word(word));
  };
  CHECK(has(part("a.cpp:over(f64, u8)"),
            "forkmap::function<decltype(::over(std::declval<double>(), "
            "std::declval<std::uint8_t>()))(double, std::uint8_t), ::over>(\"over\")"));
  CHECK(has(part("a.cpp:over(std::pair<int, long>)"), "(std::pair<int, long>), ::over>"));
  CHECK(has(part("a.cpp:over(str)"), "std::string_view"));
}

TEST_CASE("a path with a backslash or blanks is a path") {
  const std::string text = wrapper_of("/a b\\c.cpp", *source_word("x.cpp:f"));
  CHECK(has(text, "#include \"/a b\\c.cpp\"\n"));
}

TEST_CASE("functions of C are declared by other names, which their own file gives them") {
  using Kind = SourceType::Kind;
  const SourceFunction function = {
      .name = "index",
      .symbol = "index",
      .result = {.kind = Kind::text, .size_bytes = 8, .name = "const char*"},
      .arguments = {
          {"i", {.kind = Kind::integer, .is_signed = true, .size_bytes = 4, .name = "int"}},
          {"s", {.kind = Kind::text, .size_bytes = 8, .name = "const char*"}}}};
  const std::string wrapper = wrapper_of("/a.c", *source_word("a.c:index"), {function});
  CHECK_FALSE(has(wrapper, "a.c\"\n#include"));
  CHECK(has(wrapper, "extern \"C\" const char* forkmap_c_index(std::int32_t, const char*);"));
  CHECK(has(renamed_source("/a.c", {function}),
            "extern __typeof__(index) forkmap_c_index __attribute__((alias(\"index\")"));
}
