// SPDX-License-Identifier: Apache-2.0
#include "tests/pool/process_census.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/kit/descriptors.hpp"

namespace forkmap::testing {

namespace {

// Descendants become children of this process when their parents end, so that none is missed.
const bool kIsSubreaper = ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;

pid_t parent_of(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(behind_name + 1));
  char state = 0;
  pid_t parent = 0;
  fields >> state >> parent;
  return parent;
}

}  // namespace

ProcessCensus::ProcessCensus() {
  (void)kIsSubreaper;
  descriptors_ = tests::open_descriptors();
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (parent_of(entry.path()) == ::getpid()) children_.insert(std::stoi(name));
  }
}

std::ostream& operator<<(std::ostream& out, const ProcessCensus& census) {
  out << census.descriptors_ << " descriptors, children:";
  for (const pid_t child : census.children_) out << ' ' << child;
  return out;
}

}  // namespace forkmap::testing
