// SPDX-License-Identifier: Apache-2.0
#include "core/system/oom_kills.hpp"

#include "tests/catch.hpp"
#include "tests/pool/made_up_system.hpp"

using forkmap::pool::oom_kills;
using forkmap::pool::OomWatch;

TEST_CASE("kills for want of memory are read from the events of a cgroup of version 2") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo",
               "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
  system.write("proc/self/cgroup", "0::/jobs/mine\n");
  CHECK_FALSE(oom_kills(system.root()));
  system.write("sys/fs/cgroup/jobs/mine/memory.events",
               "low 0\nhigh 7\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
  CHECK(oom_kills(system.root()) == 2U);
}

TEST_CASE("and from the control file of a cgroup of version 1, also beside an empty version 2") {
  const MadeUpSystem system;
  system.write("proc/self/mountinfo",
               "29 24 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
               "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  system.write("proc/self/cgroup", "5:memory:/m\n0::/\n");
  CHECK_FALSE(oom_kills(system.root()));
  system.write("sys/fs/cgroup/memory/m/memory.oom_control",
               "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
  CHECK(oom_kills(system.root()) == 5U);
}

TEST_CASE("a kill is seen once, and not where nothing is told") {
  const MadeUpSystem system;
  OomWatch blind(system.root());
  CHECK_FALSE(blind.saw_kill());
  system.write("proc/self/mountinfo", "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  system.write("proc/self/cgroup", "0::/\n");
  system.write("sys/fs/cgroup/memory.events", "oom_kill 1\n");
  OomWatch watch(system.root());
  CHECK_FALSE(watch.saw_kill());
  system.write("sys/fs/cgroup/memory.events", "oom 2\noom_kill 2\n");
  CHECK(watch.saw_kill());
  CHECK_FALSE(watch.saw_kill());
  system.write("sys/fs/cgroup/memory.events", "nonsense\n");
  CHECK_FALSE(watch.saw_kill());
}
