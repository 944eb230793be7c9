// SPDX-License-Identifier: Apache-2.0
// Results of one file come from one code, on one number of threads.

#include <filesystem>
#include <map>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

namespace {

using Environment = std::map<std::string, std::string>;

std::string library_folder(int version) {
  return fs::path(test_plugin("code_1")).parent_path().string() + "/code_helper_" +
         std::to_string(version);
}

// The plugin "code" in a folder of its own, with a library that it needs.
class CodeRun {
 public:
  explicit CodeRun(const std::string& function) : function_(function) { install(1); }

  void install(int version) const {
    fs::copy_file(test_plugin("code_" + std::to_string(version)), path("code.so"),
                  fs::copy_options::overwrite_existing);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] Ended with(const std::vector<std::string>& more,
                           const Environment& environment = {},
                           const std::string& libraries = library_folder(1)) const {
    std::vector<std::string> all = {"run", "--output", path("O")};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), {path("code.so") + ":" + function_});
    for (int item = 1; item <= items_; ++item) all.push_back(std::to_string(item));
    Launch launch;
    launch.environment = environment;
    launch.environment["LD_LIBRARY_PATH"] = libraries;
    return run_forkmap(all, {}, launch);
  }
  [[nodiscard]] std::string output() const { return folder_.read("O"); }
  // Later runs have another item.
  void add_item() { ++items_; }

 private:
  TestFolder folder_;
  std::string function_;
  int items_ = 2;
};

}  // namespace

TEST_CASE("a plugin with other code is another one, also if its build-id is the same") {
  CodeRun run("value");
  REQUIRE(run.with({}).status == 0);
  run.add_item();
  run.install(2);
  const Ended refused = run.with({"--resume"});
  INFO(refused.errors);
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "code of code was "));
  CHECK(count_of(refused.errors, "build-id 0123456789abcdef") == 2);
  CHECK(run.output() == "11\n11\n");
  CHECK(run.with({"--resume-anyway"}).status == 0);
  CHECK(run.output() == "11\n11\n21\n");
  // The file as it was before, but another one on the disk.
  run.install(1);
  CHECK(run.with({"--resume"}).status == 0);
}

TEST_CASE("a library that was rebuilt, or is another one that is found, is told") {
  CodeRun run("value");
  fs::create_directory(run.path("lib"));
  const auto build = [&run](int version) {
    const std::string library = "/libopenblas_code_helper.so";
    fs::copy_file(library_folder(version) + library, run.path("lib") + library,
                  fs::copy_options::overwrite_existing);
  };
  build(1);
  REQUIRE(run.with({}, {}, run.path("lib")).status == 0);
  run.add_item();
  const Ended found = run.with({"--resume"}, {}, library_folder(2));
  INFO(found.errors);
  CHECK(found.status == 2);
  CHECK(contains(found.errors, "library libopenblas_code_helper.so was " + run.path("lib")));
  CHECK(contains(found.errors, " and is " + library_folder(2)));
  build(2);
  const Ended rebuilt = run.with({"--resume"}, {}, run.path("lib"));
  CHECK(rebuilt.status == 2);
  CHECK(contains(rebuilt.errors, "library libopenblas_code_helper.so was "));
  CHECK(run.output() == "11\n11\n");
  build(1);
  CHECK(run.with({"--resume"}, {}, run.path("lib")).status == 0);
  CHECK(run.output() == "11\n11\n11\n");
}

TEST_CASE("a library that was there before the plugin is another one with a notice only") {
  CodeRun run("value");
  REQUIRE(run.with({}).status == 0);
  run.add_item();
  const std::string preloaded = library_folder(1) + "/libopenblas_code_helper.so";
  const Ended elsewhere = run.with({"--serial", "--resume-anyway"}, preloading(preloaded));
  INFO(elsewhere.errors);
  CHECK(elsewhere.status == 0);
  CHECK(contains(elsewhere.errors, "results may come out otherwise"));
  CHECK(contains(elsewhere.errors, "library libopenblas_code_helper.so was not given and is "));
}

TEST_CASE("a worker gives one thread to libraries, however many workers there are") {
  for (const char* workers : {"-j1", "-j2", "--serial"}) {
    const CodeRun run("threads");
    REQUIRE(run.with({workers}).status == 0);
    CHECK(run.output() == "1\n1\n");
  }
  const CodeRun more("threads");
  REQUIRE(more.with({"--threads", "3"}).status == 0);
  CHECK(more.output() == "3\n3\n");
  const CodeRun wins("threads");
  const Ended told = wins.with({"--threads", "3"}, {{"OMP_NUM_THREADS", "5"}});
  CHECK(wins.output() == "5\n5\n");
  CHECK(contains(told.errors, "OMP_NUM_THREADS=5 is set, and wins over --threads 3"));
  CHECK(more.with({"--threads", "0"}).status == 2);
}

TEST_CASE("a resumed run gives libraries as many threads as the run that it goes on with") {
  CodeRun run("threads");
  REQUIRE(run.with({"--threads", "3", "-j2"}).status == 0);
  run.add_item();
  const Ended resumed = run.with({"--resume", "-j1"});
  CHECK(resumed.status == 0);
  CHECK_FALSE(contains(resumed.errors, "threads"));
  CHECK(run.output() == "3\n3\n3\n");
  run.add_item();
  const Ended other = run.with({"--resume", "--threads", "2"});
  CHECK(other.status == 0);
  CHECK(contains(other.errors, "threads was 3 and is 2"));
  CHECK(run.output() == "3\n3\n3\n2\n");

  CodeRun variable("threads");
  REQUIRE(variable.with({}, {{"OMP_NUM_THREADS", "4"}}).status == 0);
  variable.add_item();
  const Ended without = variable.with({"--resume"});
  CHECK_FALSE(contains(without.errors, "OMP_NUM_THREADS"));
  CHECK(variable.output() == "4\n4\n4\n");
  variable.add_item();
  const Ended set = variable.with({"--resume"}, {{"OMP_NUM_THREADS", "6"}});
  CHECK(contains(set.errors, "OMP_NUM_THREADS was 4 and is 6"));
  CHECK(variable.output() == "4\n4\n4\n6\n");
}

TEST_CASE("cores that a threading library could use are told once, with the option") {
  // On a machine of one core there is nothing to tell.
  const bool has_cores = contains(run_forkmap({"run", "--dry-run", "arith:square", "1"}).output,
                                  "workers   1\n") == false;
  const CodeRun run("threads");
  const Ended one = run.with({"-j1"});
  INFO(one.errors);
  CHECK(count_of(one.errors, "--threads N gives each worker more threads") == (has_cores ? 1 : 0));
  CHECK(run.with({"-j1", "--threads", "1"}).errors == "");
  CHECK(run.with({"-j1"}, {{"OMP_NUM_THREADS", "1"}}).errors == "");
  CHECK(run_forkmap({"run", "-j1", "arith:square", "1"}).errors == "");
}
