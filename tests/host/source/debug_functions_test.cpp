// SPDX-License-Identifier: Apache-2.0
// Functions, names and types from what real compilers write.

#include "host/source/debug_functions.hpp"

#include <forkmap/error.hpp>

#include "host/io/child_output.hpp"
#include "host/source/wrapper.hpp"
#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

using Words = std::vector<std::string>;

// "name(arguments) -> result", or with the reason against it.
Words functions_in(const std::string& name, const std::string& text, Words command,
                   Language language) {
  const tests::TemporaryFolder folder;
  const std::string source = folder.file(name, text);
  const std::string object = folder.file("object.so");
  command.insert(command.end(), {"-g", "-gdwarf-4", "-O0", "-fPIC", "-shared", "-gz=none",
                                 "-fkeep-static-functions", "-o", object, source});
  if (language == Language::fortran) command.insert(command.end(), {"-J", folder.path()});
  const ChildOutput run = child_output(command, {}, ChildErrors::with_output);
  INFO(run.output);
  REQUIRE(run.status == 0);
  Words all;
  for (const SourceFunction& function : functions_of(object, source)) {
    const std::string reason = reason_against(function, language);
    all.push_back(function.name + described(function) + (reason.empty() ? "" : ": " + reason));
  }
  return all;
}

}  // namespace

TEST_CASE("functions of C: static ones, through typedefs, in the order of the file") {
  const std::string text = R"(
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint16_t port_number;
enum color { red, green };
struct point { double x, y; };
static double half(double x) { return x / 2; }
size_t length(const char* s) { return strlen(s); }
port_number next(port_number p) { return p + 1; }
int mixed(signed char a, unsigned char b, short c, long long d, float e, _Bool f, char g) {
  return a + b + c + (int)d + (int)e + f + g;
}
enum color shade(enum color c) { return c; }
long double precise(long double x) { return x; }
void none(int x) { (void)x; }
int nothing(void) { return 0; }
double norm(struct point p) { return p.x; }
void fill(double* out, int n) { out[n] = 0; }
int any(int n, ...) { return n; }
const char* name(int i) { return i ? "one" : "zero"; }
)";
  CHECK(functions_in("a.c", text, {FORKMAP_C_COMPILER}, Language::c) ==
        Words{"half(x: f64) -> f64", "length(s: str) -> u64", "next(p: u16) -> u16",
              "mixed(a: i8, b: u8, c: i16, d: i64, e: f32, f: bool, g: i8) -> i32",
              "shade(c: i32) -> i32", "precise(x: f64) -> f64", "none(x: i32) -> ()",
              "nothing() -> i32: it takes no argument, and an item is its arguments",
              "norm(p: struct point) -> f64: argument 1 (p) is struct point",
              "fill(out: f64, n: i32) -> (): argument 1 (out) is double*",
              "any(n: i32) -> i32: it takes any number of arguments", "name(i: i32) -> str"});
}

TEST_CASE("functions of C++: namespaces, overloads, classes of the library") {
  const std::string text = R"(
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>
static std::uint64_t factor(std::uint64_t n) { return n; }
namespace phys { inline namespace v1 { double energy(double m, float v) { return m * v; } } }
namespace { std::string shout(const std::string& s) { return s; } }
double over(double x) { return x; }
long over(long x) { return x; }
double sum(const std::vector<double>& v, std::span<const std::int32_t> w) { return v[0] + w[0]; }
std::tuple<long, double> both(std::string_view s) { return {s.size(), 0.5}; }
struct Counter {
  int count = 0;
  static int one(int n) { return n; }
  int add(int n) { return count += n; }
};
int reference(int& x) { return x; }
int use() { return Counter().add(1) + Counter::one(2) + (int)shout("").size(); }
)";
  CHECK(functions_in("a.cpp", text, {FORKMAP_CXX_COMPILER, "-std=c++20"}, Language::cxx) ==
        Words{"factor(n: u64) -> u64", "phys::v1::energy(m: f64, v: f32) -> f64",
              "shout(s: str) -> str", "over(x: f64) -> f64", "over(x: i64) -> i64",
              "sum(v: f64[], w: i32[]) -> f64", "both(s: str) -> std::tuple<long int, double>",
              "Counter::one(n: i32) -> i32",
              "Counter::add(this: an object, n: i32) -> i32: argument 1 (this) is an object",
              "reference(x: i32) -> i32: argument 1 (x) is int&",
              "use() -> i32: it takes no argument, and an item is its arguments"});
}

TEST_CASE("functions of Fortran: procedures of modules, by reference and by value") {
  const std::string compiler = FORKMAP_FORTRAN_COMPILER;
  if (compiler.empty()) return;
  const std::string text = R"(
module num
contains
  real(8) function kinetic(m, v)
    real(8), intent(in) :: m, v
    kinetic = m * v * v / 2
  end function
  integer function by_value(k) bind(C)
    integer, value :: k
    by_value = k
  end function
  subroutine swap(a, b)
    real, intent(inout) :: a, b
    a = b
  end subroutine
end module
logical function odd(n)
  integer n
  odd = mod(n, 2) == 1
end function
real(8) function total(x, n)
  integer n
  real(8) x(n)
  total = sum(x)
end function
)";
  CHECK(
      functions_in("a.f90", text, {compiler}, Language::fortran) ==
      Words{"num::kinetic(m: f64, v: f64) -> f64", "num::by_value(k: i32) -> i32",
            "num::swap(a: f32, b: f32) -> (): it is a subroutine, and nothing says which arguments "
            "are its results",
            "odd(n: i32) -> bool",
            "total(x: an array of real(kind=8), n: i32) -> f64: argument 1 (x) is an array of "
            "real(kind=8)"});
}

TEST_CASE("debug information that is cut, or none, is refused") {
  const tests::TemporaryFolder folder;
  const std::string source = folder.file("a.c", "int f(int x) { return x; }\n");
  const std::string object = folder.file("a.so");
  REQUIRE(child_output({FORKMAP_C_COMPILER, "-g", "-gdwarf-4", "-gz=none", "-fPIC", "-shared", "-o",
                        object, source})
              .status == 0);
  REQUIRE(functions_of(object, source).size() == 1);
  const std::string whole = folder.read("a.so");
  // Wherever it is cut it is refused, or read as it was where nothing is lost.
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const std::string cut = folder.file("cut.so", whole.substr(0, size));
    try {
      (void)functions_of(cut, source);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused == (whole.size() + 96) / 97);
  // Changed bytes may mean something else, and do no harm.
  for (std::size_t place = 0; place < whole.size(); place += 31) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 0x5a);
    const std::string path = folder.file("changed.so", changed);
    try {
      (void)functions_of(path, source);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}
