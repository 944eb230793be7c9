// SPDX-License-Identifier: Apache-2.0
#include "host/demo/word_count.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <forkmap/error.hpp>
#include <sstream>
#include <string_view>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/io/child_output.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kBatchFiles = 500;
constexpr std::size_t kBatchBytes = 64 * 1024;  // of names; far below what a command line may hold

// Two words by our rule, "a" and "b" with a high byte, and two runs without a printable byte.
constexpr std::string_view kProbe = "a b\x80 \x80\x80 \x01\n";
constexpr FileCounts kProbeCounts = {1, 2, static_cast<std::int64_t>(kProbe.size())};

// The lines of an answer, each with three numbers in front.
std::vector<FileCounts> counts_in(const std::string& answer) {
  std::vector<FileCounts> counts;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    FileCounts count;
    if (numbers >> std::get<0>(count) >> std::get<1>(count) >> std::get<2>(count)) {
      counts.push_back(count);
    }
  }
  return counts;
}

base::UniqueFd file_with(std::string_view text) {
  base::UniqueFd file(::memfd_create("forkmap-probe", MFD_CLOEXEC));
  if (!file) base::throw_system_error("make a file in memory", errno);
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<::ssize_t>(text.size())) {
    base::throw_system_error("write to a file in memory", errno);
  }
  return file;
}

}  // namespace

std::string why_word_count_differs() {
  const base::UniqueFd probe = file_with(kProbe);
  try {
    const ChildOutput answer =
        child_output({"wc"}, {"LC_ALL=C"}, ChildErrors::discard, probe.get());
    const std::vector<FileCounts> counts = counts_in(answer.output);
    if (counts.size() == 1 && counts.front() == kProbeCounts) return {};
    return "this wc counts words otherwise than coreutils 9.1";
  } catch (const SystemError& error) {
    return std::string("there is no wc (") + error.what() + ")";
  }
}

std::vector<FileCounts> word_counts(std::span<const std::string> files) {
  std::vector<FileCounts> all;
  while (!files.empty()) {
    std::vector<std::string> command = {"wc", "--"};
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < files.size() && count < kBatchFiles && bytes < kBatchBytes;
         ++count) {
      bytes += files[count].size();
      command.push_back(files[count]);
    }
    const ChildOutput answer = child_output(command, {"LC_ALL=C"});
    std::vector<FileCounts> counts = counts_in(answer.output);
    // With more than one file the sum comes last.
    if (counts.size() == count + 1 && count > 1) counts.pop_back();
    if (counts.size() != count) {
      throw Error("wc answered for " + std::to_string(counts.size()) + " of " +
                  std::to_string(count) + " files");
    }
    all.insert(all.end(), counts.begin(), counts.end());
    files = files.subspan(count);
  }
  return all;
}

}  // namespace forkmap::host
