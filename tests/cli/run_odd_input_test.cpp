// SPDX-License-Identifier: Apache-2.0
//
// Inputs that are regular files by their kind, and are not like one.
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("K5: a file that cannot be mapped, and is shorter than it says, is read") {
  const std::string file = "/sys/devices/system/cpu/online";
  if (::access(file.c_str(), R_OK) != 0) return;  // no sysfs in this container
  const Ended named = run_forkmap({"run", "--input", file, faulty() + ":echo"});
  CHECK(named.errors.empty());
  CHECK(named.status == 0);
  CHECK(named.output == content_of(file));
  Launch launch;
  launch.input_file = file;
  CHECK(run_forkmap({"run", faulty() + ":echo"}, {}, launch).output == content_of(file));
}

TEST_CASE("K5: a file that says it is empty, and is not, is read") {
  const std::string file = "/proc/sys/kernel/ostype";
  const Ended ended = run_forkmap({"run", "--input", file, faulty() + ":echo"});
  CHECK(ended.status == 0);
  CHECK(ended.output == "Linux\n");
}
