// SPDX-License-Identifier: Apache-2.0
// What Slurm says of an allocation, with a scontrol of the test's own.

#include "host/nodes/slurm_nodes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/options/made_up_variables.hpp"
#include "tests/kit/temporary.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

using Processors = std::vector<int>;

// The first scontrol of PATH is a script, while this lives.
class OwnScontrol {
 public:
  explicit OwnScontrol(const std::string& script) { put(script); }
  OwnScontrol(const OwnScontrol&) = delete;
  OwnScontrol& operator=(const OwnScontrol&) = delete;
  ~OwnScontrol() { ::setenv("PATH", path_.c_str(), 1); }

  void put(const std::string& script) {
    const std::string file = folder_.file("scontrol", "#!/bin/sh\n" + script + "\n");
    REQUIRE(::chmod(file.c_str(), 0755) == 0);
    ::setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
  }
  void remove() {
    REQUIRE(::unlink(folder_.file("scontrol").c_str()) == 0);
    ::setenv("PATH", folder_.path().c_str(), 1);
  }

 private:
  tests::TemporaryFolder folder_;
  std::string path_ = std::getenv("PATH");
};

std::map<std::string, std::string> allocation() {
  return {{"SLURM_JOB_NODELIST", "n[1-3]"},
          {"SLURMD_NODENAME", "n1"},
          {"SLURM_JOB_CPUS_PER_NODE", "16(x2),8"}};
}

}  // namespace

TEST_CASE("processors of an allocation are read") {
  CHECK(processors_per_node("4").value() == Processors{4});
  CHECK(processors_per_node("16(x3),8").value() == Processors{16, 16, 16, 8});
  CHECK(processors_per_node("1,2(x2),3").value() == Processors{1, 2, 2, 3});
  for (const char* const text :
       {"", "x", "0", "-1", "4(", "4(x", "4(x0)", "4(x2", "4,", "4;5", "4(x99999999999)"}) {
    CAPTURE(text);
    CHECK_FALSE(processors_per_node(text));
  }
}

TEST_CASE("the machines of an allocation are those that scontrol names") {
  const OwnScontrol scontrol(R"([ "$*" = "show hostnames n[1-3]" ] && printf 'n1\nn2\nn3\n')");
  const auto nodes = slurm_nodes(made_up(allocation()));
  CHECK(nodes == std::vector<NodeWish>{{"n1", 16}, {"n2", 16}, {"n3", 8}});
}

TEST_CASE("numbers of processors that are no such leave the workers open") {
  const OwnScontrol scontrol("printf 'n1\\nn2\\n'");
  auto variables = allocation();
  variables["SLURM_JOB_CPUS_PER_NODE"] = "many";
  CHECK(slurm_nodes(made_up(variables)) == std::vector<NodeWish>{{"n1", 0}, {"n2", 0}});
}

TEST_CASE("what is no allocation, or not its first machine, is refused") {
  OwnScontrol scontrol("printf 'n1\\nn2\\n'");
  CHECK_THROWS_AS(slurm_nodes(made_up({})), UsageError);
  auto variables = allocation();
  variables["SLURMD_NODENAME"] = "n2";
  CHECK_THROWS_AS(slurm_nodes(made_up(variables)), UsageError);
  variables.erase("SLURMD_NODENAME");
  CHECK_THROWS_AS(slurm_nodes(made_up(variables)), UsageError);
  scontrol.put("echo broken; exit 1");
  CHECK_THROWS_AS(slurm_nodes(made_up(allocation())), UsageError);
  scontrol.remove();
  CHECK_THROWS_AS(slurm_nodes(made_up(allocation())), UsageError);
}
