// SPDX-License-Identifier: Apache-2.0
#include "host/crash_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <forkmap/error.hpp>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

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
    const NewFile file = create_new(folder_.get(), crash_file_name(report, item.number), ".txt");
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

}  // namespace forkmap::host
