// SPDX-License-Identifier: Apache-2.0
//
// The deliberately bad plugins do what their names say, so that what a pool makes of them means
// something.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "core/types/run_hook.hpp"
#include "tests/catch.hpp"
#include "tests/plugins/opened.hpp"

using namespace forkmap;
using Lines = std::vector<std::string>;

namespace {

test::TextRun run(const std::string& function, const Lines& items,
                  const test::TextRunOptions& options = {}) {
  return test::run_text(test::find_function(test::bad_plugin("faulty"), function), items, options);
}

constexpr unsigned kWatchdog_s = 100;
constexpr unsigned kHang_s = 1;  // for what is to be found hanging

// "exit 7", "signal 11", "stopped"; a body that hangs is "signal 14", after so long.
std::string end_of_child(const std::function<void()>& body, unsigned most_s = kWatchdog_s) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::alarm(most_s);
    body();
    ::_exit(99);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  if (WIFSTOPPED(status)) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return "stopped";
  }
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

std::string signal_text(int number) { return "signal " + std::to_string(number); }

}  // namespace

TEST_CASE("faulty functions die on 3 and return everything else") {
  const std::vector<std::pair<std::string, std::string>> ends = {
      {"crash_on_three", signal_text(SIGSEGV)},
      {"abort_on_three", signal_text(SIGABRT)},
      {"exit_on_three", "exit 7"},
      {"quick_exit_on_three", "exit 7"},
      {"exit_zero_on_three", "exit 0"},
      {"kill_self_on_three", signal_text(SIGKILL)},
      {"stop_self_on_three", "stopped"},
      {"hang_on_three", signal_text(SIGALRM)},
      {"stack_overflow_on_three", signal_text(SIGSEGV)},
      {"throw_in_thread_on_three", signal_text(SIGABRT)},
  };
  for (const auto& [function, end] : ends) {
    INFO(function);
    CHECK(run(function, {"2", "4"}).lines == Lines{"2", "4"});
    const unsigned most_s = function == "hang_on_three" ? kHang_s : kWatchdog_s;
    CHECK(end_of_child([&name = function] { (void)run(name, {"2", "3"}); }, most_s) == end);
  }
}

TEST_CASE("faulty functions that throw") {
  CHECK(run("throw_on_three", {"2", "3", "4"}).lines == Lines{"2", "three is not allowed", "4"});
  CHECK(run("throw_int_on_three", {"3"}).lines == Lines{"threw a value of type int"});
}

TEST_CASE("echoes return what they get") {
  CHECK(run("echo", {"", "a b"}).lines == Lines{"", "a b"});
  CHECK(run("echo_bytes", {"", "\x01\xff"}).lines == Lines{"", "\x01\xff"});
  CHECK(run("echo_array", {"", "1,2.5"}).lines == Lines{"", "1,2.5"});
  CHECK(run("grow", {"0", "3"}).lines == Lines{"", "xxx"});
  CHECK(run("pid", {"1"}).lines == Lines{std::to_string(::getpid())});
  CHECK(run("nothing", {"1"}).lines == Lines{""});
}

TEST_CASE("a variable keeps what this process has set") {
  CHECK(run("stale_variable", {"0"}).lines == Lines{"1"});
  CHECK(run("set_variable", {"5"}).lines == Lines{"1"});
  CHECK(run("stale_variable", {"0"}).lines == Lines{"5"});
}

TEST_CASE("plugins with the same global names have their own, but for unique symbols") {
  const auto call = [](const std::string& plugin, const std::string& function) {
    const forkmap_plugin& opened = test::bad_plugin(plugin);
    return test::run_text(test::find_function(opened, function), {"0"}).lines.at(0);
  };
  CHECK(call("helper_one", "call_helper") == "1");
  CHECK(call("helper_two", "call_helper") == "2");
  CHECK(call("helper_one", "count") == "1");
  CHECK(call("helper_two", "count") == "1");
  CHECK(call("unique_symbol", "count") == "1");
#ifdef __GNUC__
  CHECK(call("unique_symbol_two", "count") == "2");
#endif
  CHECK(call("origin_runpath", "call_helper") == "17");
}

TEST_CASE("hooks leave what they keep, or say why they failed") {
  const types::Parameters parameters(types::Parameters::Values{{"calibration", "run7"}});
  const forkmap_plugin& kept = test::bad_plugin("preload_parameter");
  CHECK_FALSE(types::run_hook(kept.preload, {&parameters}).has_value());
  CHECK(test::run_text(test::find_function(kept, "kept_value"), {"0"}).lines == Lines{"run7"});
  CHECK(types::run_hook(test::bad_plugin("preload_fails").preload, {}) ==
        "the calibration is missing");
  CHECK(types::run_hook(test::bad_plugin("start_fails").start, {}) == "the calibration is missing");
  CHECK(test::bad_plugin("start_fails").preload == nullptr);
}

TEST_CASE("plugins that cannot be opened at all") {
  CHECK_THROWS_WITH(test::bad_plugin("undefined_symbol"),
                    Catch::Matchers::Contains("symbol_that_nobody_defines"));
  CHECK_THROWS_WITH(test::bad_plugin("no_descriptor"),
                    Catch::Matchers::Contains(FORKMAP_ENTRY_SYMBOL));
  CHECK_THROWS_WITH(test::bad_plugin("wrong_abi"), Catch::Matchers::Contains(FORKMAP_ENTRY_SYMBOL));
  const auto open = [](const char* name, unsigned most_s = kWatchdog_s) {
    return end_of_child([name] { (void)test::bad_plugin(name); }, most_s);
  };
  CHECK(open("throws_in_constructor") == signal_text(SIGABRT));
  CHECK(open("aborts_in_constructor") == signal_text(SIGABRT));
  CHECK(open("crashing_descriptor") == signal_text(SIGABRT));
  CHECK(open("crashes_in_constructor") == signal_text(SIGSEGV));
  CHECK(open("exits_in_constructor") == "exit 0");
  CHECK(open("leaves_in_constructor") == "exit 0");
  CHECK(open("hangs_in_constructor", kHang_s) == signal_text(SIGALRM));
}
