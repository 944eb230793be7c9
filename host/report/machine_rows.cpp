// SPDX-License-Identifier: Apache-2.0
#include "host/report/machine_rows.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <forkmap/options.hpp>
#include <string>
#include <utility>

#include "host/cli/processor_name.hpp"
#include "host/text/quantity.hpp"

namespace forkmap::host {

NamedTexts machine_rows() {
  NamedTexts rows;
  rows.emplace_back("cores", std::to_string(default_workers()) + " usable, " +
                                 std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " online");
  if (std::string name = processor_name(); !name.empty()) {
    rows.emplace_back("processor", std::move(name));
  }
  const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  rows.emplace_back("memory",
                    size_in_words(pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
  utsname names{};
  if (::uname(&names) == 0) {
    rows.emplace_back("system",
                      std::string(names.sysname) + " " + names.release + ", " + names.machine);
    rows.emplace_back("host", names.nodename);
  }
  return rows;
}

}  // namespace forkmap::host
