// SPDX-License-Identifier: Apache-2.0
// Source files as plugins: compiled when they are run, and kept.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kPrimes =
    "#include <cstdint>\n#include <stdexcept>\n#include \"limit.hpp\"\n"
    R"(static std::uint64_t smallest_factor(std::uint64_t n) {
  if (n > kLimit) throw std::out_of_range("too large");
  for (std::uint64_t i = 2; i * i <= n; ++i) {
    if (n % i == 0) return i;
  }
  return n;
}
namespace phys { double energy(double m, float v) { return m * v * v / 2; } }
double over(double x) { return x; }
long over(long x) { return x + 1; }
template <class T> T twice(T x) { return 2 * x; }
enum Color { red, green };
Color next(Color c) { return c == red ? green : red; }
const char* name_of(int i) { return i != 0 ? "one" : nullptr; }
struct Point { double x; };
double norm(Point p) { return p.x; }
int crash(int x) { if (x == 3) *static_cast<volatile int*>(nullptr) = x; return x; }
int main() { return 0; }
)";

// A folder with the sources, and a cache of its own.
struct Sources {
  Sources() {
    (void)folder.file("limit.hpp", "constexpr std::uint64_t kLimit = 1000;\n");
    (void)folder.file("primes.cpp", kPrimes);
  }
  [[nodiscard]] Ended forkmap(Words words,
                              std::map<std::string, std::string> environment = {}) const {
    Launch launch = launch_of(std::move(words));
    launch.folder = folder.path();
    launch.environment["XDG_CACHE_HOME"] = folder.file("cache");
    for (auto& [name, value] : environment) launch.environment[name] = value;
    return ChildProcess(launch).finish();
  }
  [[nodiscard]] std::size_t kept_plugins() const {
    std::size_t count = 0;
    for (const auto& file : fs::directory_iterator(folder.file("cache") + "/forkmap")) {
      if (file.path().extension() == ".so") ++count;
    }
    return count;
  }
  TestFolder folder;
};

}  // namespace

TEST_CASE("functions of a C++ source run, whatever kind of function they are") {
  const Sources sources;
  const auto output = [&sources](Words words) {
    words.insert(words.begin(), "run");
    const Ended ended = sources.forkmap(std::move(words));
    INFO(ended.errors);
    CHECK(ended.status == 0);
    return ended.output;
  };
  CHECK(output({"primes.cpp:smallest_factor", "91", "97"}) == "7\n97\n");
  CHECK(output({"primes.cpp:phys::energy", "2", "3"}) == "9\n");
  CHECK(output({"primes.cpp:over(f64)", "1.5"}) == "1.5\n");
  CHECK(output({"primes.cpp:over(i64)", "1"}) == "2\n");
  CHECK(output({"primes.cpp:twice<int>", "4"}) == "8\n");
  CHECK(output({"primes.cpp:next", "0", "1"}) == "1\n0\n");
  CHECK(output({"--serial", "primes.cpp:smallest_factor", "91"}) == "7\n");
  CHECK(output({"-p", "primes.cpp", "smallest_factor", "91"}) == "7\n");
}

TEST_CASE("what a source throws, and how it crashes, costs the item") {
  const Sources sources;
  const Ended thrown = sources.forkmap({"run", "primes.cpp:smallest_factor", "91", "2000"});
  CHECK(thrown.status == 1);
  CHECK(thrown.output == "7\n");
  CHECK(contains(thrown.errors, "primes:smallest_factor: too large"));
  const Ended null = sources.forkmap({"run", "primes.cpp:name_of", "1", "0"});
  CHECK(null.output == "one\n");
  CHECK(contains(null.errors, "it has returned a null pointer"));
  const Ended crashed = sources.forkmap({"run", "primes.cpp:crash", "1", "2", "3", "4"});
  CHECK(crashed.status == 1);
  CHECK(crashed.output == "1\n2\n4\n");
  CHECK(contains(crashed.errors, "SIGSEGV"));
  // The line by which it is run again names the source.
  CHECK(contains(crashed.errors, "primes.cpp:crash -- 3"));
}

TEST_CASE("a source is compiled again when it, or what it includes, has changed, and only then") {
  const Sources sources;
  const Words words = {"run", "primes.cpp:smallest_factor", "2000"};
  CHECK(sources.forkmap(words).status == 1);
  // Whatever is compiled now fails.
  const std::map<std::string, std::string> no_compiler = {{"CXX", "c++ -no-such-option"}};
  CHECK(sources.forkmap(words).status == 1);
  CHECK(sources.kept_plugins() == 1);
  (void)sources.folder.file("limit.hpp", "constexpr std::uint64_t kLimit = 1'000'000;\n");
  const Ended changed = sources.forkmap(words);
  CHECK(changed.status == 0);
  CHECK(changed.output == "2\n");
  CHECK(sources.kept_plugins() == 2);
  CHECK(sources.forkmap(words, no_compiler).status == 2);  // another compiler, another plugin
}

TEST_CASE("a compiler's error is shown with the user's file and line") {
  const Sources sources;
  (void)sources.folder.file("bad.cpp", "int f(int x) {\n  return y;\n}\n");
  const Ended ended = sources.forkmap({"run", "bad.cpp:f", "1"});
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "bad.cpp cannot be compiled by c++"));
  CHECK(contains(ended.errors, "bad.cpp:2:10: error:"));
  CHECK_FALSE(contains(ended.errors, "wrapper"));
  CHECK_FALSE(contains(ended.errors, sources.folder.path()));
}

TEST_CASE("a compiler's warning is shown once, and the source runs") {
  const Sources sources;
  (void)sources.folder.file("odd.cpp", "int f(int x) {\n  int unused;\n  return x;\n}\n");
  const Words words = {"run", "--build=-Wall", "odd.cpp:f", "1"};
  const Ended first = sources.forkmap(words);
  CHECK(first.status == 0);
  CHECK(first.output == "1\n");
  CHECK(contains(first.errors, "odd.cpp:2:7: warning: unused variable"));
  CHECK(sources.forkmap(words).errors == "");
}

TEST_CASE(
    "what cannot be called is told with the reason, and a name that is not there with others") {
  const Sources sources;
  const auto errors = [&sources](const std::string& word) {
    const Ended ended = sources.forkmap({"run", word, "1"});
    CHECK(ended.status == 2);
    return ended.errors;
  };
  CHECK(contains(errors("primes.cpp:norm"), "cannot be called: argument 1 (p) is struct Point"));
  CHECK(contains(errors("primes.cpp:over"), "there are several of this name"));
  CHECK(contains(errors("primes.cpp:nope"), "has no function nope; it has smallest_factor, "));
  CHECK(contains(errors("primes.cpp"), "no function of plugin primes.cpp was named; there are "));
  CHECK(contains(errors("none.cpp:f"), "cannot read the source none.cpp"));
  const Ended no_compiler =
      sources.forkmap({"run", "primes.cpp:norm", "1"}, {{"CXX", "no-such-c++"}});
  CHECK(no_compiler.status == 2);
  CHECK(contains(no_compiler.errors, "there is no compiler no-such-c++: install one"));
}

TEST_CASE("functions of C and Fortran sources run, static ones and those of modules too") {
  const Sources sources;
  (void)sources.folder.file("c.c", R"(#include <math.h>
#include <string.h>
static double half(double x) { return x / 2; }
static inline int next(int i) { return i + 1; }
char* index(const char* s, int c);
size_t length(const char* s) { return strlen(s); }
double bessel(int n, double x) { return jn(n, x); }
int main(void) { return (int)half(1); }
)");
  CHECK(sources.forkmap({"run", "c.c:half", "3"}).output == "1.5\n");
  CHECK(sources.forkmap({"run", "c.c:length", "hello"}).output == "5\n");
  CHECK(sources.forkmap({"run", "c.c:next", "5"}).output == "6\n");
  (void)sources.folder.file("u.c", "int nowhere(int);\nint f(int x) { return nowhere(x); }\n");
  const Ended unlinked = sources.forkmap({"run", "u.c:f", "1"});
  CHECK(unlinked.status == 2);
  CHECK(contains(unlinked.errors, "undefined reference to `nowhere'"));
  CHECK(contains(unlinked.errors, "A library is named by --build"));
  CHECK(sources.forkmap({"run", "--build=-lm", "c.c:bessel", "0", "1.5"}).output ==
        "0.5118276717359181\n");
#ifdef FORKMAP_HAS_FORTRAN
  (void)sources.folder.file("f.f90", R"(module num
contains
  real(8) function kinetic(m, v)
    real(8), intent(in) :: m, v
    kinetic = m * v * v / 2
  end function
end module
integer function old(n)
  integer n
  include 'step.inc'
end function
)");
  (void)sources.folder.file("step.inc", "old = n + 1\n");
  CHECK(sources.forkmap({"run", "f.f90:kinetic", "2", "3"}).output == "9\n");
  CHECK(sources.forkmap({"run", "f.f90:old", "3"}).output == "4\n");
  (void)sources.folder.file("step.inc", "old = n + 20\n");
  CHECK(sources.forkmap({"run", "f.f90:old", "3"}).output == "23\n");
#endif
}

TEST_CASE("a source with a descriptor of its own is compiled as it is") {
  const Sources sources;
  (void)sources.folder.file("own.cpp", R"(#include <forkmap/plugin.hpp>
static double half(double x) { return x / 2; }
FORKMAP_PLUGIN("mine", "1.0", forkmap::function<half>("halve", "Return the half."))
)");
  CHECK(sources.forkmap({"run", "own.cpp:halve", "3"}).output == "1.5\n");
  CHECK(sources.forkmap({"run", "own.cpp", "3"}).output == "1.5\n");
  CHECK(contains(sources.forkmap({"list", "own.cpp"}).output, "mine:halve"));
}

TEST_CASE("list and build") {
  const Sources sources;
  const Ended listed = sources.forkmap({"list", "primes.cpp"});
  INFO(listed.errors);
  CHECK(listed.status == 0);
  CHECK(contains(listed.output, "primes.cpp:smallest_factor  (n: u64) -> u64"));
  CHECK(contains(listed.output, "cannot be called: argument 1 (p) is struct Point"));
  CHECK_FALSE(contains(listed.output, "main"));
  CHECK(sources.forkmap({"build", "primes.cpp"}).status == 0);
  CHECK(sources.forkmap({"run", "./primes.so:phys.energy", "2", "3"}).output == "9\n");
  CHECK(sources.forkmap({"build", "-o", "one.so", "primes.cpp:smallest_factor"}).status == 0);
  CHECK(sources.forkmap({"run", "./one.so", "91"}).output == "7\n");
  CHECK(sources.forkmap({"build", "x.txt"}).status == 2);
  CHECK(sources.forkmap({"build"}).status == 2);
}

TEST_CASE("where nothing can be kept, sources run, and nothing is left") {
  const Sources sources;
  fs::create_directory(sources.folder.file("tmp"));
  const std::string file = sources.folder.file("no-folder", "x");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"a file", file}, {"no home", ""}, {"nowhere", "/proc/no-cache"}}) {
    CAPTURE(name);
    const Ended ended = sources.forkmap(
        {"run", "primes.cpp:smallest_factor", "91"},
        {{"XDG_CACHE_HOME", value}, {"HOME", ""}, {"TMPDIR", sources.folder.file("tmp")}});
    INFO(ended.errors);
    CHECK(ended.status == 0);
    CHECK(ended.output == "7\n");
  }
  CHECK(fs::is_empty(sources.folder.file("tmp")));
}

TEST_CASE("several runs of a source at once build it, each or one for all") {
  const Sources sources;
  std::vector<std::unique_ptr<ChildProcess>> runs;
  for (int number = 0; number < 4; ++number) {
    Launch launch = launch_of({"run", "primes.cpp:smallest_factor", "91"});
    launch.folder = sources.folder.path();
    launch.environment["XDG_CACHE_HOME"] = sources.folder.file("cache");
    runs.push_back(std::make_unique<ChildProcess>(launch));
  }
  for (const auto& run : runs) {
    const Ended ended = run->finish();
    INFO(ended.errors);
    CHECK(ended.output == "7\n");
  }
  CHECK(sources.kept_plugins() == 1);
}

TEST_CASE("expressions run: of numbers, texts, arrays, several columns; lambdas") {
  const Sources sources;
  const auto output = [&sources](Words words) {
    words.insert(words.begin(), {"run", "-e"});
    const Ended ended = sources.forkmap(std::move(words));
    INFO(ended.errors);
    CHECK(ended.status == 0);
    return ended.output;
  };
  CHECK(output({"x * x + 1", "1", "2.5"}) == "2\n7.25\n");
  CHECK(output({"i * i + 1", "3", "3000000000"}) == "10\n9000000000000000001\n");
  CHECK(output({"y - x", "1", "10"}) == "9\n");
  CHECK(output({"sqrt(x) + pi", "4"}) == "5.141592653589793\n");
  CHECK(output({"x > 2", "1", "3"}) == "false\ntrue\n");
  CHECK(output({"s.size()", "abc"}) == "3\n");
  CHECK(output({"std::accumulate(v.begin(), v.end(), 0.0)", "1,2,3"}) == "6\n");
  CHECK(output({"(u32 a, str b) b.size() + a", "2", "abc"}) == "5\n");
  CHECK(output({"[](std::int64_t q) { return q * 2; }", "21"}) == "42\n");
  CHECK(output({"std::tuple(x, x + 1)", "1"}) == "1\t2\n");
  CHECK(output({"std::clamp(x, 0.0, 1.0)", "7"}) == "1\n");
}

TEST_CASE("an expression that is wrong is told with its place, and one that fails costs the item") {
  const Sources sources;
  const Ended wrong = sources.forkmap({"run", "-e", "x + yy", "2"});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.errors, "-e:1:5: error:"));
  CHECK_FALSE(contains(wrong.errors, "In file included"));
  const Ended none = sources.forkmap({"run", "-e", "a + 1", "2"});
  CHECK(none.status == 2);
  CHECK(contains(none.errors, "has no variable: x, y and z are f64"));
  CHECK(sources.forkmap({"run", "-e", "", "2"}).status == 2);
  const Ended divided = sources.forkmap({"run", "-e", "i / (i - 3)", "2", "3", "4"});
  CHECK(divided.status == 1);
  CHECK(divided.output == "-2\n4\n");
  CHECK(contains(divided.errors, "-e 'i / (i - 3)' -- 3"));
  const std::string blanks(10'000, ' ');
  CHECK(sources.forkmap({"run", "-e", "x +" + blanks + "1", "2"}).output == "3\n");
  const Ended large = sources.forkmap({"run", "-e", "i * i", "2", "4000000000", "4"});
  CHECK(large.status == 1);
  CHECK(large.output == "4\n16\n");
}

TEST_CASE("a run of another expression does not go on with the results of this one") {
  const Sources sources;
  (void)sources.folder.file("items", "1\n2\n");
  const auto run = [&sources](const std::string& expression) {
    return sources.forkmap(
        {"run", "--input", "items", "--output", "out", "--resume", "-e", expression});
  };
  CHECK(run("x + 1").status == 0);
  CHECK(run("x + 1").status == 0);
  CHECK(run("x + 2").status == 2);
  CHECK(sources.folder.read("out") == "2\n3\n");
}

TEST_CASE("a source is not written over") {
  const Sources sources;
  const Ended ended =
      sources.forkmap({"run", "--output", "primes.cpp", "primes.cpp:smallest_factor", "91"});
  CHECK(ended.status == 2);
  CHECK(sources.folder.read("primes.cpp") == kPrimes);
}

TEST_CASE("a source whose path has blanks and apostrophes runs, and one with a quote is refused") {
  const Sources sources;
  const std::string text = "static int f(int x) { return x + 1; }\nint g(int x) { return f(x); }\n";
  for (const char* const name : {"my file's.cpp", "my file's.c", "a\\b.cpp"}) {
    CAPTURE(name);
    (void)sources.folder.file(name, text);
    const Ended ended = sources.forkmap({"run", std::string(name) + ":f", "1"});
    INFO(ended.errors);
    CHECK(ended.output == "2\n");
  }
  (void)sources.folder.file("a\"b.cpp", text);
  const Ended refused = sources.forkmap({"run", "a\"b.cpp:f", "1"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "has a quote or a newline in it"));
}
