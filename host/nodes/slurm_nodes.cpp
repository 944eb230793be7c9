// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/slurm_nodes.hpp"

#include <charconv>
#include <forkmap/error.hpp>
#include <sstream>

#include "host/cli/usage_error.hpp"
#include "host/io/child_output.hpp"

namespace forkmap::host {

namespace {

constexpr int kMostRepeats = 1 << 20;

std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || number < 1) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

std::vector<std::string> host_names(const std::string& list) {
  ChildOutput shown;
  try {
    shown = child_output({"scontrol", "show", "hostnames", list}, {}, ChildErrors::with_output);
  } catch (const SystemError& error) {
    throw UsageError("--nodes slurm: " + std::string(error.what()) +
                     "; give the machines as --nodes n1,n2");
  }
  if (shown.status != 0) {
    throw UsageError("--nodes slurm: scontrol show hostnames " + list + " says: " + shown.output);
  }
  std::vector<std::string> names;
  std::istringstream lines(shown.output);
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

}  // namespace

std::optional<std::vector<int>> processors_per_node(std::string_view text) {
  std::vector<int> processors;
  for (;;) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    int times = 1;
    if (text.starts_with("(x")) {
      text.remove_prefix(2);
      const auto repeats = take_number(text);
      if (!repeats || *repeats > kMostRepeats || !text.starts_with(')')) return std::nullopt;
      text.remove_prefix(1);
      times = *repeats;
    }
    processors.insert(processors.end(), static_cast<std::size_t>(times), *number);
    if (text.empty()) return processors;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::vector<NodeWish> slurm_nodes(const Variables& variables) {
  const char* const list = variables("SLURM_JOB_NODELIST");
  if (list == nullptr) {
    throw UsageError(
        "--nodes slurm: there is no allocation (SLURM_JOB_NODELIST is not set); submit the command "
        "with sbatch, or give the machines as --nodes n1,n2");
  }
  const std::vector<std::string> names = host_names(list);
  if (names.empty()) throw UsageError("--nodes slurm: the allocation has no machine");
  const char* const here = variables("SLURMD_NODENAME");
  if (here == nullptr || here != names.front()) {
    throw UsageError("--nodes slurm: this is not the first machine of the allocation, " +
                     names.front() +
                     ", where the results are to come together. Use sbatch, or srun " +
                     "--nodes 1 --ntasks 1 --nodelist " + names.front() + " forkmap run ...");
  }
  const char* const text = variables("SLURM_JOB_CPUS_PER_NODE");
  const auto processors = processors_per_node(text == nullptr ? "" : text);
  std::vector<NodeWish> wishes;
  for (std::size_t place = 0; place < names.size(); ++place) {
    const bool is_known = processors && place < processors->size();
    wishes.push_back({names[place], is_known ? (*processors)[place] : 0});
  }
  return wishes;
}

}  // namespace forkmap::host
