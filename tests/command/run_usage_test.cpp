// SPDX-License-Identifier: Apache-2.0
// Wrong usage: exit status 2, a reason on standard error, nothing on standard output.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

void refuses(const std::vector<std::string>& arguments, const std::string& reason) {
  const Ended ended = run_forkmap(arguments, "1\n2\n");
  INFO(ended.errors);
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, reason));
  CHECK(ended.errors.starts_with("forkmap: "));
  CHECK(ended.status == 2);
}

}  // namespace

TEST_CASE("an unknown option is refused and said to be an item perhaps") {
  refuses({"run", "arith:square", "--nothing", "1"}, "unknown option --nothing");
  refuses({"run", "arith:square", "-5x"}, "put -- in front of the items");
}

TEST_CASE("a bad count of workers is refused") {
  for (const char* count : {"0", "-1", "abc", "100000", "", "1.5", "1e1", "0x2"}) {
    INFO(count);
    refuses({"run", "arith:square", "-j", count}, "--workers");
  }
}

TEST_CASE("bad values of options are refused by name") {
  refuses({"run", "arith:square", "--chunk", "0"}, "--chunk");
  refuses({"run", "arith:square", "--retries", "-1"}, "--retries");
  refuses({"run", "arith:square", "--recycle", "0"}, "--recycle");
  refuses({"run", "arith:square", "--window-bytes", "1000"}, "--window-bytes");
  refuses({"run", "arith:square", "--reduce", "median"}, "none of sum, min, max, count, mean");
  refuses({"run", "arith:square", "--format", "xml"}, "none of lines, jsonl");
  refuses({"run", "arith:square", "--on-stale", "x"}, "none of fail, refork");
  refuses({"run", "arith:square", "--progress", "x"}, "none of auto, always, never");
  refuses({"run", "arith:square", "--worker-output", "x"}, "none of stderr, tag, discard");
  refuses({"run", "arith:square", "--param", "x"}, "KEY=VALUE");
  refuses({"run", "arith:square", "--grace", "soon"}, "--grace");
  refuses({"run", "arith:square", "--delimiter", "ab"}, "--delimiter");
  refuses({"run", "arith:square", "--seed", "-1"}, "--seed");
  refuses({"run", "arith:square", "--first-item", "0"}, "--first-item");
  for (const char* shard : {"0/2", "3/2", "1", "1/0", "a/b", "/"}) {
    refuses({"run", "arith:square", "--shard", shard}, "--shard");
  }
  refuses({"run", "-p", "arith,,powers", "square"}, "name is missing");
}

TEST_CASE("options that exclude each other are refused") {
  refuses({"run", "arith:square", "--ordered", "--unordered"}, "--unordered");
  refuses({"run", "arith:square", "--reduce", "sum", "--tag"}, "--reduce");
  refuses({"run", "arith:square", "--reduce", "sum", "--fill", "x"}, "--reduce");
}

TEST_CASE("a run without a function is refused") {
  refuses({"run"}, "no function");
  refuses({"run", "-p", "arith"}, "no function");
}

TEST_CASE("an unknown command is refused with the names of those there are") {
  refuses({"rum"}, "run merge top list inspect");
  CHECK(run_forkmap({}).status == 2);
}

TEST_CASE("an unknown plugin is refused with where it was looked for") {
  refuses({"run", "-p", "no_such_plugin", "square"}, "no_such_plugin");
  refuses({"run", "no_such_plugin:square"}, "no_such_plugin");
  refuses({"run", "./no/such.so:square"}, "/no/such.so");
}

TEST_CASE("an unknown function is refused with names that look like it") {
  refuses({"run", "-p", "arith", "sqare", "1"}, "square");
  refuses({"run", "arith:sqare", "1"}, "square");
}

TEST_CASE("a truncated plugin is refused before anything runs") {
  const TestFolder folder;
  const auto whole = std::filesystem::path(FORKMAP_PLUGIN_DIR) / "arith.so";
  const auto size = std::filesystem::file_size(whole);
  for (const std::uintmax_t kept : {std::uintmax_t{0}, std::uintmax_t{1}, std::uintmax_t{64},
                                    std::uintmax_t{4096}, size / 2, size - 1}) {
    INFO(kept);
    const std::string cut = folder.path() + "/cut.so";
    std::filesystem::copy_file(whole, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, kept);
    const Ended ended = run_forkmap({"run", cut + ":square", "1"});
    INFO(ended.errors);
    // Section headers at the very end are not needed to run.
    if (kept == size - 1 && ended.status == 0) continue;
    CHECK(ended.output == "");
    CHECK(contains(ended.errors, "cut.so"));
    CHECK(ended.status == 2);
  }
}

TEST_CASE("plugins that misbehave while they are loaded are refused") {
  for (const char* name : {"throws_in_constructor", "exits_in_constructor", "leaves_in_constructor",
                           "aborts_in_constructor", "crashes_in_constructor"}) {
    refuses({"run", test_plugin(name) + ":identity", "1"}, name);
  }
}

TEST_CASE("the option -p takes one value, which may be a comma list, and may be given again") {
  CHECK(run_forkmap({"run", "-p", "arith,powers", "cube", "2"}).output == "8\n");
  CHECK(run_forkmap({"run", "-p", "arith", "-p", "powers", "square", "2"}).output == "4\n");
  CHECK(run_forkmap({"run", "--plugin=arith", "square", "2"}).output == "4\n");
}

TEST_CASE("a plugin is found by a path relative to the working directory") {
  Launch launch;
  launch.folder = FORKMAP_PLUGIN_DIR;
  CHECK(run_forkmap({"run", "./arith.so:square", "3"}, {}, launch).output == "9\n");
  CHECK(run_forkmap({"run", "-p", "arith.so", "square", "3"}, {}, launch).output == "9\n");
}

TEST_CASE("a plugin is found by name in FORKMAP_PLUGIN_PATH") {
  Launch launch;
  launch.environment["FORKMAP_PLUGIN_PATH"] = FORKMAP_TEST_PLUGIN_DIR;
  CHECK(run_forkmap({"run", "faulty:echo", "x"}, {}, launch).output == "x\n");
}

TEST_CASE("an ambiguous function is refused with its candidates") {
  refuses({"run", "-p", "arith,geometry", "hypot", "3", "4"}, "arith:hypot");
}

TEST_CASE("help is printed for all and for each command, and ends well") {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"help"},
                                             {"help", "run"},
                                             {"run", "--help"},
                                             {"run", "-h"},
                                             {"list", "--help"},
                                             {"merge", "--help"},
                                             {"inspect", "--help"},
                                             {"new", "--help"},
                                             {"cflags", "--help"},
                                             {"help", "list"}}) {
    const Ended ended = run_forkmap(arguments);
    INFO(ended.output);
    CHECK(ended.status == 0);
    CHECK(contains(ended.output, "usage: forkmap"));
    CHECK(ended.errors == "");
  }
  const std::string help = run_forkmap({"help", "run"}).output;
  for (const char* option :
       {"--workers",   "--unordered", "--chunk",        "--retries",        "--once",
        "--recycle",   "--param",     "--seed",         "--shard",          "--late-plugin",
        "--on-stale",  "--reduce",    "--tag",          "--fill",           "--failures",
        "--format",    "--serial",    "--first-item",   "--grace",          "--load-in-place",
        "--summary",   "--dry-run",   "--progress",     "--worker-output",  "--input",
        "--delimiter", "--null",      "--window-bytes", "--timeout",        "--halt",
        "--memory",    "--nice",      "--pin",          "--recycle-growth", "--recycle-age",
        "Examples"}) {
    INFO(option);
    CHECK(contains(help, option));
  }
}

TEST_CASE("the version is one line") {
  const Ended ended = run_forkmap({"--version"});
  CHECK(ended.output.starts_with("forkmap "));
  CHECK(count_of(ended.output, "\n") == 1);
}
