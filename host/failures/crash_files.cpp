// SPDX-License-Identifier: Apache-2.0
#include "host/failures/crash_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <forkmap/error.hpp>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLongestNameBytes = 60;  // of a plugin, of a function
constexpr int kMostOfOneName = 1000;
constexpr std::uint64_t kMostFiles = 10'000;  // a run

base::UniqueFd create(int folder, const std::string& name) noexcept {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  return base::UniqueFd(::openat(folder, name.c_str(), flags, 0600));
}

struct NewFile {
  std::string name;
  base::UniqueFd fd;
};

// With a number behind it if the name is taken: pids come again.
NewFile create_new(int folder, const std::string& stem, const std::string& ending) {
  for (int number = 1; number <= kMostOfOneName; ++number) {
    std::string name = stem;
    if (number > 1) name.append("-").append(std::to_string(number));
    name += ending;
    base::UniqueFd file = create(folder, name);
    if (file) return {std::move(name), std::move(file)};
    if (errno != EEXIST) base::throw_system_error("write " + name, errno);
  }
  base::throw_system_error("write " + stem + ending, EEXIST);
}

std::string plain(std::string_view name) {
  std::string out(name.substr(0, kLongestNameBytes));
  std::ranges::replace_if(
      out,
      [](char letter) {
        return !((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                 (letter >= '0' && letter <= '9') || letter == '_');
      },
      '_');
  return out;
}

}  // namespace

CrashFiles::CrashFiles(const std::string& folder) : path_(folder) {
  const auto refuse = [&](int error) {
    throw UsageError("--crash-dir: cannot write to " + folder + ": " + base::error_text(error));
  };
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) refuse(errno);
  folder_ = base::UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_) refuse(errno);
  // Rights do not tell everything: the file system may be read-only, or full.
  const std::string trial = ".forkmap-" + std::to_string(::getpid());
  ::unlinkat(folder_.get(), trial.c_str(), 0);
  if (!create(folder_.get(), trial)) refuse(errno);
  ::unlinkat(folder_.get(), trial.c_str(), 0);
}

void CrashFiles::write(const CrashReport& report, const CrashedItem& item,
                       Diagnostics& diagnostics) {
  if (has_failed_) return;
  if (written_ == kMostFiles) {
    has_failed_ = true;
    diagnostics.say("--crash-dir: " + path_ + " has " + std::to_string(kMostFiles) +
                    " reports of this run; no more are written");
    return;
  }
  try {
    std::string content = crash_text(report, item, std::chrono::system_clock::now());
    const NewFile file = create_new(folder_.get(), crash_file_name(report, item), ".txt");
    try {
      base::write_out(file.fd.get(), content, path_ + "/" + file.name);
    } catch (const SystemError&) {
      ::unlinkat(folder_.get(), file.name.c_str(), 0);  // a part of a report misleads
      throw;
    }
    ++written_;
  } catch (const SystemError& error) {
    has_failed_ = true;
    diagnostics.say("--crash-dir: " + std::string(error.what()) +
                    "; no more reports are written to " + path_);
  }
}

std::string crash_file_name(const CrashReport& report, const CrashedItem& item) {
  std::string name = "crash-";
  const std::size_t colon = report.function.find(':');
  if (colon != std::string::npos) name += plain(report.function.substr(0, colon)) + "-";
  name += plain(colon == std::string::npos ? report.function : report.function.substr(colon + 1));
  name += "-item" + std::to_string(item.number) + "-attempt" + std::to_string(report.attempt) +
          "-pid" + std::to_string(report.pid);
  return item.node.empty() ? name : name + "-" + plain(item.node);
}

}  // namespace forkmap::host
