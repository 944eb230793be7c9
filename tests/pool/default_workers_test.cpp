// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <forkmap/error.hpp>
#include <forkmap/library_threads.hpp>
#include <forkmap/options.hpp>
#include <fstream>
#include <string>

#include "core/system/cpu_quota.hpp"
#include "tests/catch.hpp"
#include "tests/pool/made_up_system.hpp"

namespace fs = std::filesystem;
using forkmap::pool::cpu_quota;

namespace {

constexpr const char* kVersionTwo =
    "24 1 0:22 / /proc rw - proc proc rw\n"
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kVersionOne =
    "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

}  // namespace

TEST_CASE("the quota of a cgroup of version 2 is the least on the way up") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo", kVersionTwo);
  system.write("proc/self/cgroup", "0::/a/b\n");
  system.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  CHECK_FALSE(cpu_quota(system.root()));
  system.write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  CHECK(cpu_quota(system.root()) == 1.5);
  system.write("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  CHECK(cpu_quota(system.root()) == 1.5);
  system.write("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  CHECK(cpu_quota(system.root()) == 0.5);
}

TEST_CASE("a container that names its group from outside is read at its mount") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo",
               "30 24 0:26 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  system.write("proc/self/cgroup", "0::/elsewhere\n");
  system.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(cpu_quota(system.root()) == 2.0);
  system.write("proc/self/cgroup", "0::/docker/x/inner\n");
  system.write("sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
  CHECK(cpu_quota(system.root()) == 1.0);
  system.write("proc/self/cgroup", "0::/../other\n");
  CHECK(cpu_quota(system.root()) == 2.0);
}

TEST_CASE("the quota of a cgroup of version 1 is read, and -1 is none") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo", kVersionOne);
  system.write("proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/jobs\n");
  const fs::path folder = "sys/fs/cgroup/cpu,cpuacct/jobs";
  system.write(folder / "cpu.cfs_quota_us", "-1\n");
  system.write(folder / "cpu.cfs_period_us", "100000\n");
  CHECK_FALSE(cpu_quota(system.root()));
  system.write(folder / "cpu.cfs_quota_us", "300000\n");
  CHECK(cpu_quota(system.root()) == 3.0);
}

TEST_CASE("a system without cgroups, or with odd files, has no quota") {
  const MadeUpSystem system;
  CHECK_FALSE(cpu_quota(system.root()));
  system.write("proc/self/mountinfo",
               std::string(kVersionTwo) + "odd\n - cgroup2\n1 2 3 4 5 - -\n");
  system.write("proc/self/cgroup", "odd\n0::\n:\n");
  CHECK_FALSE(cpu_quota(system.root()));
  system.write("sys/fs/cgroup/cpu.max", "lots of it\n");
  CHECK_FALSE(cpu_quota(system.root()));
}

TEST_CASE("there are no more workers than processors this process may use") {
  CHECK(forkmap::default_workers() >= 1);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    const int here = ::sched_getcpu();
    CPU_SET(static_cast<std::size_t>(here), &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0) ::_exit(2);
    ::_exit(forkmap::default_workers() == 1 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("libraries are told their threads unless the user did") {
  ::unsetenv("OMP_NUM_THREADS");
  ::setenv("MKL_NUM_THREADS", "7", 1);
  forkmap::limit_library_threads(2);
  CHECK(std::string(::getenv("OMP_NUM_THREADS")) == "2");
  CHECK(std::string(::getenv("OPENBLAS_NUM_THREADS")) == "2");
  CHECK(std::string(::getenv("MKL_NUM_THREADS")) == "7");
  CHECK_THROWS_AS(forkmap::limit_library_threads(0), forkmap::InvalidOption);
}
