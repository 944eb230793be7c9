// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/house_table.hpp"

namespace forkmap::structure {

const std::vector<Layer>& layers() {
  static const std::vector<Layer> table = {
      {"base", {}},
      {"types", {"base"}},
      {"plugin", {"types", "base"}},
      {"shm", {"base"}},
      {"lane", {"shm", "base"}},
      {"process", {"shm", "base"}},
      {"map", {"plugin", "types", "base"}},
      {"site", {"map", "plugin", "types", "base"}},
      {"serial", {"site", "map", "plugin", "types", "base"}},
      {"system", {"base"}},
      {"worker", {"lane", "process", "plugin", "types", "shm", "base"}},
      {"pool",
       {"site", "map", "worker", "system", "lane", "process", "plugin", "types", "shm", "base"}},
      {"node", {"pool", "site", "map", "plugin", "types", "base"}},
  };
  return table;
}

const std::vector<Layer>& rooms() {
  static const std::vector<Layer> table = {
      {"cli", {}},
      {"text", {}},
      {"io", {"cli"}},
      {"source", {"io", "cli", "text"}},
      {"options", {"source", "cli", "text"}},
      {"input", {"io", "options", "cli", "text"}},
      {"output", {"input", "io", "options", "cli", "text"}},
      {"journal", {"input", "io", "options", "cli"}},
      {"foreign", {"io"}},
      {"failures", {"output", "input", "io", "options", "source", "cli", "text"}},
      {"report", {"failures", "output", "input", "io", "options", "cli", "text"}},
      {"watch", {"options", "cli", "text"}},
      {"nodes", {"io", "options", "cli", "text"}},
      {"run",
       {"nodes", "watch", "report", "failures", "foreign", "journal", "output", "input", "io",
        "options", "source", "cli", "text"}},
      {"merge", {"journal", "output", "input", "io", "options", "cli", "text"}},
      {"shell", {"foreign", "output", "input", "io", "options", "cli", "text"}},
      {"demo", {"watch", "io", "cli", "text"}},
      {"plugin", {"source", "options", "cli", "text"}},
  };
  return table;
}

}  // namespace forkmap::structure
