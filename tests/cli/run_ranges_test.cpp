// SPDX-License-Identifier: Apache-2.0
// Values of options at the ends of their ranges, options that are given twice, and names that are
// none.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using Words = std::vector<std::string>;

namespace {

Ended run_with(Words options, const Words& items = {"1", "2", "3"}) {
  options.insert(options.begin(), "run");
  options.push_back("arith:square");
  options.insert(options.end(), items.begin(), items.end());
  return run_forkmap(options);
}

void refuses(const Words& arguments, const std::string& text) {
  CAPTURE(arguments);
  const Ended ended = run_forkmap(arguments);
  INFO(ended.errors);
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, text));
}

struct Range {
  std::string option;
  std::string lowest;
  std::string highest;
  Words outside;
};

const Range kRanges[] = {
    {"--chunk", "1", "2147483648", {"0", "2147483649", "4294967295", "4294967296"}},
    {"--workers", "1", "3", {"0", "4097", "4294967297"}},
    {"--retries", "0", "1000000", {"1000001", "2147483647", "4294967295"}},
    {"--recycle", "1", "9223372036854775807", {"0", "9223372036854775808"}},
    {"--window-bytes", "1048576", "70368744177664", {"0", "1048575", "70368744177665"}},
    {"--first-item", "1", "9223372036854775807", {"0", "9223372036854775808"}},
    {"--seed", "0", "18446744073709551615", {"18446744073709551616"}},
    {"--shard", "1/1", "1/9223372036854775807", {"0/1", "2/1", "1/0", "1/9223372036854775808"}},
    {"--nice", "0", "19", {"20", "4294967296"}},
    {"--timeout", "101%", "1000000%", {"100%", "1000001%", "0s", "8785h"}},
    {"--timeout", "1us", "8784h", {"0.0001us"}},
    {"--grace", "0s", "8784h", {"8785h", "1e9s"}},
    {"--recycle-age", "8784h", "8784h", {"0s", "8785h"}},
    {"--memory", "128T", "128T", {"1048575", "129T", "18446744073709551616"}},
    {"--recycle-growth", "1M", "128T", {"1048575", "129T"}},
    {"--halt",
     "now,done=1000",
     "now,done=9223372036854775807",
     {"now,done=0", "now,done=9223372036854775808", "now,done=0%", "now,done=101%"}},
};

}  // namespace

TEST_CASE("each option takes what the pool takes, and refuses what lies beside it") {
  for (const Range& range : kRanges) {
    for (const std::string& value : {range.lowest, range.highest}) {
      CAPTURE(range.option, value);
      const Ended ended = run_with({"-j1", range.option, value});
      INFO(ended.errors);
      if (range.option == "--workers") {
        CHECK(ended.status == 2);  // given twice; below
      } else if (value == "1us") {
        CHECK(ended.status <= 1);  // whoever is slow enough is stopped
      } else if (range.option == "--shard" && value == range.highest) {
        CHECK(ended.output == "1\n");
      } else {
        CHECK(ended.status == 0);
        CHECK(ended.output == "1\n4\n9\n");
      }
    }
    for (const std::string& value : range.outside) {
      refuses({"run", range.option, value, "arith:square", "1"}, range.option);
    }
  }
  for (const std::string workers : {"1", "3"}) CHECK(run_with({"-j", workers}).status == 0);
}

TEST_CASE("a chunk of as many items as there can be is right for text, and in small windows") {
  for (const std::string chunk : {"268435456", "2147483648"}) {
    const Ended ended = run_forkmap(
        {"run", "-j2", "--chunk", chunk, "--window-bytes", "1048576", faulty() + ":echo"},
        numbers(50'000));
    CAPTURE(chunk);
    CHECK(ended.status == 0);
    CHECK(ended.output == numbers(50'000));
  }
}

TEST_CASE("the shell takes what the pool takes") {
  const TestFolder folder;
  const auto script = [&folder](const std::string& text) {
    return run_forkmap({"shell", folder.file("script", text)});
  };
  for (const std::string option :
       {"workers=4097", "workers=2147483647", "workers=2147483648", "retries=1000001",
        "retries=2147483647", "workers=1 workers=1", "param=a=1 param=a=2", "seed=1 seed=1"}) {
    CAPTURE(option);
    const Ended ended = script("pool p " + option + "\n");
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "script:1: "));
  }
  for (const std::string workers : {"4097", "2147483647", "0", "-1"}) {
    CAPTURE(workers);
    const Ended ended = script("pool p workers=1\nresize p " + workers + "\n");
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, "script:2: "));
  }
}

TEST_CASE("an option that takes one value is refused with two") {
  refuses({"run", "--input", "a", "--input", "b", "arith:square"},
          "--input takes one value, and was given two: \"a\" and \"b\"");
  refuses({"run", "--reduce", "sum", "arith:square", "1", "--reduce=max"},
          "--reduce takes one value, and was given two: \"sum\" and \"max\"");
  refuses({"run", "-j1", "-j", "1", "arith:square", "1"}, "-j takes one value");
  refuses({"run", "-j1", "--workers=2", "arith:square", "1"}, "--workers takes one value");
  for (const std::string option :
       {"--on-stale",    "--seed",           "--delimiter", "--shard",          "--first-item",
        "--chunk",       "--retries",        "--recycle",   "--window-bytes",   "--grace",
        "--timeout",     "--halt",           "--memory",    "--recycle-growth", "--recycle-age",
        "--nice",        "--fill",           "--format",    "--failures",       "--output",
        "--joblog",      "--retry-failures", "--crash-dir", "--report",         "--trace",
        "--trace-limit", "--stats",          "--progress",  "--worker-output"}) {
    refuses({"run", option, "1", option, "2", "arith:square", "1"}, option + " takes one value");
  }
  refuses({"run", "--param", "a=1", "--param", "a=2", "arith:square", "1"},
          "--param: a was given twice");
  refuses({"top", "--workers", "1", "--workers", "2"}, "--workers takes one value");
  refuses({"cflags", "--language", "c", "--language", "c++"}, "--language takes one value");
}

TEST_CASE("what may be given again may be given again") {
  const Ended ended = run_with({"-p", "arith", "--plugin=powers", "--param", "a=1", "--param=b=1",
                                "--tag", "--tag", "--summary"});
  CHECK(ended.status == 0);
  CHECK(ended.output == "1\t1\n2\t4\n3\t9\n");
}

TEST_CASE("a lone - is a file for --input only") {
  const TestFolder folder;
  Launch launch;
  launch.folder = folder.path();
  for (const std::string option : {"--output", "--failures", "--report", "--trace", "--stats",
                                   "--joblog", "--crash-dir", "--retry-failures"}) {
    CAPTURE(option);
    const Ended ended = run_forkmap({"run", option, "-", "arith:square"}, "1\n", launch);
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, option + ": - is no file; "));
    CHECK(std::filesystem::is_empty(folder.path()));
  }
  CHECK(run_forkmap({"run", "--input", "-", "arith:square"}, "3\n", launch).output == "9\n");
}

TEST_CASE("a plugin without a function is its only one, or is told with those that it has") {
  CHECK(run_forkmap({"run", test_plugin("preload_parameter"), "--param", "calibration=5", "1"})
            .output == "5\n");
  const std::string path = std::string(FORKMAP_PLUGIN_DIR) + "/arith.so";
  refuses({"run", path, "1"}, "no function of plugin " + path + " was named; there are ");
  refuses({"run", path, "1"}, path + ":square");
  refuses({"run", path + ":", "1"}, path + ":square");
  refuses({"run", "arith", "1"}, "arith:square");
  refuses({"run", "-p", path, path, "1"}, path + ":square");
  refuses({"run", "--serial", path, "1"}, path + ":square");
  refuses({"run", "./none.so", "1"}, "none.so");
}
