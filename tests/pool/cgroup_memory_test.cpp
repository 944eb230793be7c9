// SPDX-License-Identifier: Apache-2.0
#include "core/system/cgroup_memory.hpp"

#include "tests/catch.hpp"
#include "tests/pool/made_up_system.hpp"

using forkmap::pool::cgroup_memory_bytes;

namespace {

void mount_version_two(const MadeUpSystem& system) {
  system.write("proc/self/mountinfo",
               "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
}

}  // namespace

TEST_CASE("without cgroups, or without a limit in them, memory has none") {
  const MadeUpSystem system;
  CHECK_FALSE(cgroup_memory_bytes(system.root()));
  mount_version_two(system);
  system.write("proc/self/cgroup", "0::/jobs\n");
  CHECK_FALSE(cgroup_memory_bytes(system.root()));
  system.write("sys/fs/cgroup/jobs/memory.max", "max\n");
  CHECK_FALSE(cgroup_memory_bytes(system.root()));
}

TEST_CASE("the limit of a nested group counts, and so do those above it") {
  const MadeUpSystem system;
  mount_version_two(system);
  system.write("proc/self/cgroup", "0::/jobs/mine/step\n");
  system.write("sys/fs/cgroup/jobs/mine/step/memory.max", "3000000000\n");
  CHECK(cgroup_memory_bytes(system.root()) == 3'000'000'000U);
  system.write("sys/fs/cgroup/jobs/mine/step/memory.max", "max\n");
  system.write("sys/fs/cgroup/jobs/mine/memory.max", "2000000000\n");
  system.write("sys/fs/cgroup/jobs/memory.max", "1000000000\n");
  CHECK(cgroup_memory_bytes(system.root()) == 1'000'000'000U);
  // Of somebody else.
  system.write("sys/fs/cgroup/jobs/other/memory.max", "1\n");
  CHECK(cgroup_memory_bytes(system.root()) == 1'000'000'000U);
}

TEST_CASE("a container that sees only its own part of the groups finds its limit at the top") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo",
               "30 24 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  system.write("proc/self/cgroup", "0::/docker/abc\n");
  system.write("sys/fs/cgroup/memory.max", "512000000\n");
  CHECK(cgroup_memory_bytes(system.root()) == 512'000'000U);
}

TEST_CASE("the limit of a group of version 1 counts, also beside an empty version 2") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo",
               "29 24 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
               "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
               "31 24 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
  system.write("proc/self/cgroup", "5:memory:/m/n\n4:cpu,cpuacct:/m\n0::/\n");
  system.write("sys/fs/cgroup/memory/m/n/memory.limit_in_bytes", "9223372036854771712\n");
  system.write("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "700000000\n");
  system.write("sys/fs/cgroup/cpu/m/memory.limit_in_bytes", "1\n");
  CHECK(cgroup_memory_bytes(system.root()) == 700'000'000U);
}
