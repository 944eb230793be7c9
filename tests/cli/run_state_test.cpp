// SPDX-License-Identifier: Apache-2.0
// What loading, hooks and items change in their process does not reach the next item or the
// command.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

namespace {

Launch with(const std::string& variable, const std::string& change) {
  Launch launch;
  launch.environment = {{variable, change}};
  return launch;
}

std::string changer(const std::string& function) { return test_plugin("changer") + ":" + function; }

std::vector<std::string> command(std::vector<std::string> options, const std::string& function,
                                 const std::vector<std::string>& items) {
  options.insert(options.begin(), "run");
  options.push_back(function);
  options.emplace_back("--");
  options.insert(options.end(), items.begin(), items.end());
  return options;
}

std::vector<std::string> any_options() {
  return GENERATE(std::vector<std::string>{"-j", "1"}, std::vector<std::string>{"-j", "2"},
                  std::vector<std::string>{"-j", "1", "--chunk", "1"},
                  std::vector<std::string>{"-j", "1", "--chunk", "7"},
                  std::vector<std::string>{"--serial"});
}

}  // namespace

TEST_CASE("an item computes as in a fresh worker, whatever another one does to rounding") {
  const auto [function, value] = GENERATE(table<std::string, std::string>({
      {"same", "0.1"},
      {"third", "0.3333333333333333"},
      {"tiny", "8e-320"},
      {"single", "0.33333334"},
      {"thirds", "0.3333333333333333"},
  }));
  const std::vector<std::string> options = any_options();
  CAPTURE(function, options);
  const Ended ended = run_forkmap(
      command(options, changer(function), {"0.1", "-1", "0.1", "-1", "0.1", "0.1", "0.1"}));
  REQUIRE(ended.status == 0);
  // Printed and computed in forkmap's own environment, and in one that no other item has changed.
  std::string expected;
  for (int item = 1; item <= 7; ++item) {
    const bool changes = item == 2 || item == 4;
    if (!changes) {
      expected += value + "\n";
    } else if (function == "same") {
      expected += "-1\n";
    } else if (function.starts_with("third")) {
      expected += "0.33333333333333337\n";
    } else if (function == "tiny") {
      expected += "0\n";
    } else {
      expected += "0.3333333\n";
    }
  }
  CHECK(ended.output == expected);
}

TEST_CASE("an array function and text functions leave no rounding behind") {
  const std::vector<std::string> options = any_options();
  CAPTURE(options);
  const Ended ended = run_forkmap(command(options, changer("mean"), {"0", "", "0", "0"}));
  CHECK(ended.output ==
        "0.3333333333333333\n0.33333333333333337\n0.3333333333333333\n0.3333333333333333\n");
  const Ended found =
      run_forkmap(command(options, changer("find"), {"rounding", "do rounding", "rounding"}));
  CHECK(found.output == "nearest\nrounding\nnearest\n");
}

TEST_CASE("a reduction does not depend on what a function does to rounding, nor on the workers") {
  std::vector<std::string> items;
  for (int i = 0; i < 200; ++i) items.emplace_back(i % 5 == 0 ? "-0.1" : "0.3");
  std::vector<std::string> sums;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-j", "1"}, {"-j", "2", "--chunk", "3"}, {"--serial"}}) {
    std::vector<std::string> all = options;
    all.insert(all.end(), {"--reduce", "sum"});
    sums.push_back(run_forkmap(command(all, changer("same"), items)).output);
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
  CHECK(!sums[0].empty());
}

TEST_CASE("traps that a function switches on do not kill another item or the printing") {
  const std::vector<std::string> options = any_options();
  const Ended ended =
      run_forkmap(command(options, changer("same"), {"2e9", "nan", "inf", "0.1", "1e-320"}));
  CHECK(ended.status == 0);
  CHECK(ended.output == "2e+09\nnan\ninf\n0.1\n1e-320\n");
}

TEST_CASE("a function that leaves another floating-point environment is told once, by name") {
  for (const auto* const function : {"whole", "thirds", "same"}) {
    CAPTURE(function);
    const Ended ended = run_forkmap(
        command({"-j", "1", "--chunk", "1"}, changer(function), {"1", "-1", "-2", "-3", "4"}));
    CHECK(ended.status == 0);
    CHECK(count_of(ended.errors, "function changer:" + std::string(function) + " leaves behind") ==
          1);
    CHECK(contains(ended.errors, "floating-point environment"));
  }
  const Ended quiet = run_forkmap(command({"-j", "1"}, changer("same"), {"1", "2"}));
  CHECK(quiet.errors.empty());
}

TEST_CASE("what a start hook sets is what items find") {
  const Ended ended = run_forkmap(command({"-j", "1"}, changer("third"), {"1", "-1", "1"}), {},
                                  with("FORKMAP_TEST_START", "rounding"));
  // Downward in all of them but for the one that sets it upward; text is read and printed as ever.
  CHECK(ended.output == "0.3333333333333333\n0.33333333333333337\n0.3333333333333333\n");
  CHECK(run_forkmap(command({"-j", "2"}, changer("find"), {"rounding", "rounding"}), {},
                    with("FORKMAP_TEST_START", "rounding"))
            .output == "other\nother\n");
  CHECK(run_forkmap(command({"-j", "1"}, changer("same"), {"0.1", "0.7"}), {},
                    with("FORKMAP_TEST_START", "rounding"))
            .output == "0.1\n0.7\n");
}

TEST_CASE("what loading changes is put back in the host, or in the worker that inherits it") {
  const auto* const variable = GENERATE("FORKMAP_TEST_LOADING", "FORKMAP_TEST_PRELOAD");
  const auto [change, question] = GENERATE(table<std::string, std::string>({
      {"folder", "folder"},
      {"umask", "umask"},
      {"file_size", "file_size"},
      {"priority", "priority"},
      {"processors", "processors"},
      {"locale", "locale"},
      {"mask", "mask"},
      {"rounding", "rounding"},
      {"timer", "timer"},
  }));
  CAPTURE(variable, change);
  const std::vector<std::string> arguments = command({"-j", "1"}, changer("find"), {question});
  const Ended plain = run_forkmap(arguments);
  const Ended changed = run_forkmap(arguments, {}, with(variable, change));
  CHECK(changed.status == 0);
  CHECK(changed.output == plain.output);
}

TEST_CASE(
    "a timer that loading or preload sets does not come, nor a closed descriptor lose results") {
  const auto* const variable = GENERATE("FORKMAP_TEST_LOADING", "FORKMAP_TEST_PRELOAD");
  const auto* const change = GENERATE("alarm", "timer", "posix_timer", "output", "errors",
                                      "non_blocking", "traps", "name");
  CAPTURE(variable, change);
  const Ended ended = run_forkmap(command({"-j", "1"}, changer("find"), {"sleep", "sleep", "nan"}),
                                  {}, with(variable, change));
  CHECK(ended.output == "slept\nslept\n");  // "nan" is no change that there is
  CHECK(contains(ended.errors, "no such change"));
  CHECK(ended.status == 1);
}

TEST_CASE("results go where the command line says, whatever loading does to folder and umask") {
  const auto* const change = GENERATE("folder", "umask", "file_size");
  const auto* const variable =
      GENERATE("FORKMAP_TEST_LOADING", "FORKMAP_TEST_PRELOAD", "FORKMAP_TEST_START");
  // A limit of file sizes is the host's own with --serial.
  const bool may_be_serial = std::string(change) != "file_size";
  const bool is_serial = GENERATE_COPY(range(0, may_be_serial ? 2 : 1)) == 1;
  CAPTURE(change, variable, is_serial);
  const TestFolder folder;
  Launch launch = with(variable, change);
  launch.folder = folder.path();
  std::vector<std::string> options = {"--output", "results",  "--failures",
                                      "bad",      "--report", "report.html"};
  if (is_serial) options.emplace_back("--serial");
  const Ended ended =
      run_forkmap(command(options, changer("same"), {"0.1", "0.2"}), {}, std::move(launch));
  CHECK(ended.status == 0);
  CHECK(folder.read("results") == "0.1\n0.2\n");
  for (const auto* const name : {"results", "report.html"}) {
    struct stat status{};
    REQUIRE(::stat((folder.path() + "/" + name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0400U) != 0);
  }
}

TEST_CASE("a function under --serial that changes folder and umask does not move our files") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  const Ended ended =
      run_forkmap(command({"--serial", "--output", "results", "--report", "report.html"},
                          changer("change"), {"folder", "umask", "locale"}),
                  {}, std::move(launch));
  CHECK(ended.status == 0);
  CHECK(folder.read("results") == "folder\numask\nlocale\n");
  CHECK(fs::exists(folder.path() + "/report.html"));
}

TEST_CASE("a plugin that changes what cannot be put back is refused by name") {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-j", "1"}, std::vector<std::string>{"--serial"}}) {
    const Ended ended = run_forkmap(command(options, changer("same"), {"1"}), {},
                                    with("FORKMAP_TEST_LOADING", "no_new_privileges"));
    CHECK(ended.status == 2);
    CHECK(ended.output.empty());
    CHECK(contains(ended.errors, "changer.so"));
    CHECK(contains(ended.errors, "PR_SET_NO_NEW_PRIVS"));
  }
  CHECK(run_forkmap(command({"-j", "1"}, changer("same"), {"1"}), {},
                    with("FORKMAP_TEST_PRELOAD", "no_new_privileges"))
            .output == "1\n");
}

TEST_CASE(
    "a plugin whose loading leaves another process, or another place for children, is refused") {
  std::vector<std::pair<std::string, std::string>> changes{{"process", "process"}};
  if (::geteuid() == 0) changes.emplace_back("processes", "its namespaces");
  for (const auto& [change, word] : changes) {
    CAPTURE(change);
    const Ended ended = run_forkmap(command({"-j", "1"}, changer("same"), {"1"}), {},
                                    with("FORKMAP_TEST_LOADING", change));
    CHECK(ended.status == 2);
    CHECK(ended.output.empty());
    CHECK(contains(ended.errors, "changer.so"));
    CHECK(contains(ended.errors, word));
  }
}

TEST_CASE("inspect says what a constructor changes") {
  for (const auto& [change, word] :
       std::vector<std::pair<std::string, std::string>>{{"folder", "the working directory"},
                                                        {"umask", "the umask"},
                                                        {"alarm", "timers"},
                                                        {"file_size", "RLIMIT_FSIZE"},
                                                        {"output", "descriptor 1"},
                                                        {"locale", "the locale"},
                                                        {"environment", "environment variables"}}) {
    CAPTURE(change);
    const Ended ended =
        run_forkmap({"inspect", test_plugin("changer")}, {}, with("FORKMAP_TEST_LOADING", change));
    CHECK(contains(ended.output + ended.errors, "a constructor changes " + word));
  }
}

TEST_CASE("an item finds the folder, mask, timers, umask and locale of a fresh worker") {
  const auto* const what = GENERATE("folder", "umask", "mask", "timer", "locale");
  CAPTURE(what);
  const std::string fresh = run_forkmap({"run", "-j", "1", changer("find"), what}).output;
  const Ended ended = run_forkmap(
      command({"-j", "1", "--chunk", "1"}, changer("find"),
              {what, std::string("do ") + what, what, std::string("do ") + what, what}));
  CHECK(ended.status == 0);
  CHECK(ended.output == fresh + what + "\n" + fresh + what + "\n" + fresh);
  CHECK(count_of(ended.errors, "function changer:find leaves behind") == 1);
}

TEST_CASE("a timer that an item leaves kills no later item") {
  const auto* const change = GENERATE("do alarm", "do timer");
  const Ended ended = run_forkmap(command({"-j", "1", "--chunk", "1", "--retries", "0"},
                                          changer("find"), {change, "sleep", "sleep", "sleep"}));
  CHECK(ended.status == 0);
  CHECK(ended.errors.find("SIGALRM") == std::string::npos);
}

TEST_CASE("an item that dies of a timer which an earlier one may have set is told with that") {
  const Ended ended = run_forkmap(command({"-j", "1", "--chunk", "3", "--retries", "0"},
                                          changer("find"), {"do timer", "sleep", "folder"}));
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "SIGALRM"));
  CHECK(contains(ended.errors, "item 1 or one before it"));
}
