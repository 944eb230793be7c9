// SPDX-License-Identifier: Apache-2.0
// Pages of real runs, and what becomes of trace, page and numbers when something goes wrong.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/cli/trace_reading.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

TEST_CASE("a run that is interrupted leaves a whole trace, page and numbers, which say so") {
  const TestFolder folder;
  ChildProcess run(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "-j2", "--chunk", "1",
                              "--trace", folder.path() + "/trace", "--stats",
                              folder.path() + "/stats", "--report", folder.path() + "/page",
                              "--input", folder.file("input", same_items(5000, "20"))}));
  REQUIRE(run.reads("20\n20\n"));
  run.signal(SIGINT);
  const Ended ended = run.finish();
  CHECK(ended.signal == SIGINT);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["ending"] == "interrupted");
  CHECK(stats["why"] == "SIGINT");
  CHECK(stats["exit_status"] == 130);
  CHECK(stats["items"]["done"] == count_of(run.output(), "\n"));
  const json trace = json::parse(folder.read("trace"));
  CHECK(trace.back()["args"]["ending"] == "interrupted: SIGINT");
  CHECK(items_of(of_category(trace, "task")) == stats["items"]["done"]);
  CHECK(contains(folder.read("page"), "Interrupted by SIGINT"));
}

TEST_CASE("without workers the host is the one row") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", "--serial", "arith:square", "--trace",
                                   folder.path() + "/trace", "--stats", folder.path() + "/stats",
                                   "--report", folder.path() + "/page", "1", "x", "3"});
  REQUIRE(ended.status == 1);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["serial"] == true);
  CHECK(stats["items"]["done"] == 2);
  CHECK(stats["items"]["failed_by_kind"] == json({{"BadItem", 1}}));
  const auto tasks = of_category(json::parse(folder.read("trace")), "task");
  CHECK(items_of(tasks) == 2);
  CHECK(contains(folder.read("page"), ">host<"));
}

TEST_CASE("a pool that breaks leaves its page and numbers, and they say why") {
  const TestFolder folder;
  ChildProcess run(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "--late-plugin", "powers",
                              "-j2", "--chunk", "1", "--stats", folder.path() + "/stats",
                              "--report", folder.path() + "/page", "--input",
                              folder.file("input", same_items(5000, "20"))}));
  REQUIRE(run.reads("20\n"));
  // Its zygote is the host's only child; a registry that has moved on cannot be forked again.
  const std::string children =
      "/proc/" + std::to_string(run.pid()) + "/task/" + std::to_string(run.pid()) + "/children";
  std::FILE* const file = std::fopen(children.c_str(), "re");
  REQUIRE(file != nullptr);
  int zygote = 0;
  const int read = std::fscanf(file, "%d", &zygote);
  std::fclose(file);
  REQUIRE(read == 1);
  REQUIRE(::kill(zygote, SIGKILL) == 0);
  const Ended ended = run.finish();
  CHECK(ended.status == 3);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["ending"] == "broken");
  CHECK(contains(stats["why"].get<std::string>(), "zygote"));
  CHECK(stats["exit_status"] == 3);
  CHECK(stats["events"]["zygote_deaths"] == 1);
  CHECK(contains(folder.read("page"), "The run broke off"));
}

TEST_CASE("a file that cannot be written is refused before anything is run") {
  const TestFolder folder;
  for (const char* option : {"--trace", "--report", "--stats"}) {
    const Ended ended = run_forkmap({"run", "arith:square", option, "/nowhere/at/all", "3"});
    INFO(option);
    CHECK(ended.status == 2);
    CHECK(ended.output == "");
    CHECK(contains(ended.errors, "cannot write /nowhere/at/all"));
  }
  CHECK(run_forkmap({"run", "arith:square", "--trace-limit", "1M", "3"}).status == 2);
  CHECK(run_forkmap({"run", "arith:square", "--trace", "x", "--trace-limit", "3", "3"}).status ==
        2);
  const std::string same = folder.path() + "/same";
  CHECK(run_forkmap({"run", "arith:square", "--trace", same, "--stats", same, "3"}).status == 2);
}

TEST_CASE("a full disk is told, costs no result, and is no success") {
  for (const char* option : {"--trace", "--report", "--stats"}) {
    const Ended ended = run_forkmap({"run", "arith:square", option, "/dev/full", "3"});
    INFO(option);
    CHECK(ended.status == 3);
    CHECK(ended.output == "9\n");
    CHECK(contains(ended.errors, "/dev/full"));
  }
}

TEST_CASE("numbers replace those of the run before, through a symbolic link too") {
  const TestFolder folder;
  const std::string target = folder.file("target", "old");
  std::filesystem::create_symlink(target, folder.path() + "/link");
  REQUIRE(run_forkmap({"run", "arith:square", "--stats", folder.path() + "/link", "3"}).status ==
          0);
  CHECK(std::filesystem::is_symlink(folder.path() + "/link"));
  CHECK(json::parse(folder.read("target"))["items"]["done"] == 1);
}

TEST_CASE("a page shows hostile items as text") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "arith:square", "--report", folder.path() + "/page"},
                  "<script>alert(1)</script>\n\xff\xfe\n\"><img src=x onerror=y>\n7\n"
                  "&amp;\n\xe2\x80\xaetxt\n");
  REQUIRE(ended.status == 1);
  const std::string page = folder.read("page");
  CHECK(!contains(page, "<script"));
  CHECK(!contains(page, "<img"));
  CHECK(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(contains(page, "\\xff\\xfe"));
  CHECK(contains(page, "&amp;amp;"));
  CHECK(!contains(page, "\xe2\x80\xae"));
  CHECK(contains(page, "BadItem · 5 items"));
  CHECK(contains(page, "arith:square"));
  // Nothing comes from elsewhere.
  CHECK(!contains(page, "http:"));
  CHECK(!contains(page, "https:"));
  CHECK(!contains(page, "url("));
}

TEST_CASE("a page stays small, however many items and workers there are") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(300'000));
  const Ended ended =
      run_forkmap({"run", "arith:square", "-j", "80", "--chunk", "10", "--input", input, "--report",
                   folder.path() + "/page", "--reduce", "count"});
  INFO(ended.errors);
  REQUIRE(ended.output == "300000\n");
  const std::string page = folder.read("page");
  CHECK(count_of(page, "<rect") < 1500);
  CHECK(page.size() < 400'000);
  CHECK(contains(page, "w0–"));
}
