// SPDX-License-Identifier: Apache-2.0
// Parameters that were given and that no function and no hook has asked for.

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

std::string notice(const std::string& name) {
  return "forkmap: nobody asked for parameter \"" + name +
         "\": it has changed nothing; the documentation of the plugin says which there are\n";
}

std::string notice(const std::string& name, const std::string& near) {
  return "forkmap: nobody asked for parameter \"" + name + "\"; did you mean \"" + near + "\"?\n";
}

// The same in workers and in one process.
void tells(std::vector<std::string> arguments, const std::string& output, const std::string& errors,
           int status = 0) {
  for (const char* how : {"-j2", "--serial"}) {
    INFO(how);
    arguments.insert(arguments.begin() + 1, how);
    const Ended ended = run_forkmap(arguments, "");
    CHECK(ended.output == output);
    CHECK(ended.errors == errors);
    CHECK(ended.status == status);
    arguments.erase(arguments.begin() + 1);
  }
}

}  // namespace

TEST_CASE("a parameter that nobody asked for is told once, and changes no exit status") {
  tells({"run", "--param", "stesp=8", "arith:square", "1", "2", "3"}, "1\n4\n9\n", notice("stesp"));
  tells({"run", "--param", "b=", "--param", "a=1", "arith:square", "2"}, "4\n",
        notice("a") + notice("b"));
}

TEST_CASE("hooks ask for parameters") {
  const std::string plugin = test_plugin("preload_parameter") + ":kept_value";
  tells({"run", "--param", "calibration=7", plugin, "1"}, "7\n", "");
  tells({"run", "--param", "calibratoin=7", plugin, "1"}, "no calibration\n",
        notice("calibratoin", "calibration"));
  tells({"run", "--param", "farewell=x", plugin, "1"}, "no calibration\n", "");  // its stop hook
  const std::string started = test_plugin("gates") + ":wait_at";
  tells({"run", "--param", "begin=/", "--param", "at=9", started, "1"}, "1\n", "");
  tells({"run", "--param", "begni=/", "--param", "at=9", started, "1"}, "1\n",
        notice("begni", "begin"));
}

TEST_CASE("functions ask for parameters, in any worker") {
  const std::string function = faulty() + ":parameter_value";
  tells({"run", "--param", "a=1", "--param", "b=2", function, "a"}, "1\n", notice("b"));
  tells({"run", "--param", "a=1", "--param", "b=2", function, "a", "b"}, "1\n2\n", "");
  const Ended replaced = run_forkmap({"run", "-j1", "--recycle", "1", "--param", "a=1", "--param",
                                      "b=2", "--param", "c=3", function, "a", "b", "b"});
  CHECK(replaced.output == "1\n2\n2\n");
  CHECK(replaced.errors == notice("c"));
}

TEST_CASE(
    "what was asked for in the place of a mistyped parameter is named, wherever it was asked") {
  const std::string function = faulty() + ":parameter_value";
  for (const char* how : {"-j2", "--serial"}) {
    const Ended near = run_forkmap({"run", how, "--param", "fctor=3", function, "factor", "gamma"});
    CHECK(contains(near.errors, notice("fctor", "factor")));
    const Ended far = run_forkmap({"run", how, "--param", "zzzzz=3", function, "factor", "gamma"});
    CHECK(contains(far.errors, notice("zzzzz")));
    const Ended two = run_forkmap(
        {"run", how, "--param", "step=3", function, "steps", "stop", std::string(100, 's')});
    CHECK(contains(two.errors, "parameter \"step\"; did you mean \"steps\" or \"stop\"?\n"));
  }
}

TEST_CASE("the shell tells of a pool's parameters when it is closed, or when the session ends") {
  const TestFolder folder;
  const std::string load = "load " + faulty() + "\npool p workers=2 param=fctor=3 param=b=2\n";
  const auto run = [&](const std::string& script) {
    return run_forkmap({"shell", folder.file("script", load + script)});
  };
  const Ended closed = run("map p parameter_value b factor\nclose p\n!echo afterwards >&2\n");
  CHECK(closed.errors == notice("fctor", "factor") + "afterwards\n");
  CHECK(run("start p parameter_value b factor\ncollect p\n").errors == notice("fctor", "factor"));
  CHECK(run("map p parameter_value b fctor\n").errors == "");
  CHECK(run("").errors == "");                    // nothing was called
  CHECK(run("map p sleep_ms x\n").errors == "");  // no item was one
}

TEST_CASE("where the function was called for no item, nothing is said of parameters") {
  tells({"run", "--param", "stesp=8", "arith:square"}, "", "");
  const Ended planned =
      run_forkmap({"run", "--dry-run", "--param", "stesp=8", "arith:square", "1"});
  CHECK(!contains(planned.errors, "nobody asked"));
  const Ended bad = run_forkmap({"run", "--param", "stesp=8", "arith:square", "x"});
  CHECK(contains(bad.errors, "BadItem"));
  CHECK(!contains(bad.errors, "nobody asked"));
  CHECK(bad.status == 1);
  const Ended late =
      run_forkmap({"run", "--param", "stesp=8", "--late-plugin", "arith", "arith:square", "2"});
  CHECK(!contains(late.errors, "nobody asked"));
}

TEST_CASE("a finished run that is resumed says nothing of parameters again") {
  const TestFolder folder;
  const std::vector<std::string> arguments = {"run",         "--output", folder.path() + "/results",
                                              "--resume",    "--param",  "stesp=8",
                                              "arith:square"};
  CHECK(run_forkmap(arguments, "1\n2\n").errors == notice("stesp"));
  CHECK(!contains(run_forkmap(arguments, "1\n2\n").errors, "nobody asked"));
  CHECK(folder.read("results") == "1\n4\n");
}
