// SPDX-License-Identifier: Apache-2.0
#include "host/output_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/diagnostics.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Between records, so that a kill costs at most a thousandth of the run, and the disk a tenth.
constexpr Clock::duration kShortest = 100ms;
constexpr Clock::duration kLongest = 1s;
constexpr int kShareOfRun = 1000;
constexpr int kShareOfDisk = 9;

// Before the journal is made, so that there is none beside a device.
std::string checked_output(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw UsageError("--output: " + path +
                     " is no regular file, so a run could not be resumed with it; send standard "
                     "output there instead");
  }
  return path;
}

// Truncated before it is read, there would be nothing to read.
void refuse_own_input(const RunOptions& options) {
  std::error_code not_there;
  if (std::filesystem::equivalent(options.input, options.journal.output, not_there)) {
    throw UsageError("--output: " + options.journal.output + " is the input itself");
  }
}

// New names in it survive a failing machine. Some file systems have no such thing.
void sync_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const base::UniqueFd fd(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) static_cast<void>(::fsync(fd.get()));
}

std::string items_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace

OutputJournal::OutputJournal(const RunOptions& options, const plugin::FunctionEntry& function,
                             Diagnostics& diagnostics)
    : options_(options),
      diagnostics_(diagnostics),
      output_path_(checked_output(options.journal.output)),
      failures_path_(options.failures.empty() ? output_path_ + ".failures" : options.failures),
      header_(header_of(options, function)),
      journal_(output_path_ + ".journal"),
      found_(journal_.read()) {
  refuse_own_input(options);
  if (options.journal.overwrite) return;
  if (options.journal.resume) {
    go_on_with();
  } else {
    refuse_unfinished();
  }
}

bool OutputJournal::has_output() const {
  struct stat status = {};
  return ::stat(output_path_.c_str(), &status) == 0 && status.st_size > 0;
}

void OutputJournal::refuse_unfinished() const {
  if (found_.state == JournalContent::State::nothing || found_.last.finished) return;
  throw UsageError(output_path_ + " is unfinished: by " + journal_.path() + " " +
                   items_text(found_.last.settled.count()) +
                   " are done; go on with --resume, or begin anew with --overwrite");
}

void OutputJournal::go_on_with() {
  switch (found_.state) {
    case JournalContent::State::nothing:
      if (!has_output()) return;
      throw UsageError(output_path_ + " cannot be resumed: " + journal_.path() +
                       " says nothing about it; begin anew with --overwrite");
    case JournalContent::State::damaged:
      throw UsageError(output_path_ + " cannot be resumed: " + journal_.path() +
                       " is damaged, or of another version of forkmap; begin anew with "
                       "--overwrite");
    case JournalContent::State::begun:
      break;
  }
  std::string changed;
  for (const std::string& difference : differences(found_.header, header_)) {
    changed += "\n  " + difference;
  }
  if (!changed.empty() && !options_.journal.resume_anyway) {
    throw UsageError(output_path_ + " was begun by another run than this:" + changed +
                     "\n--resume-anyway goes on all the same, --overwrite begins anew");
  }
  if (!changed.empty()) diagnostics_.say(output_path_ + ": going on all the same:" + changed);
  begins_ = false;
  last_ = found_.last;
  if (last_.finished) {
    diagnostics_.say(output_path_ + " is finished already: " + items_text(last_.settled.count()) +
                     ", of which " + std::to_string(last_.failures) + " failed");
  }
}

void OutputJournal::take_up(ItemInput& input) {
  input.keep_places();
  if (!options_.journal.resume_anyway && !input.go_on_behind(last_.input)) {
    throw UsageError("the input does not begin with the " + std::to_string(last_.input.bytes) +
                     " bytes that " + output_path_ + " was made of (" +
                     items_text(last_.input.items) +
                     "); give the same input from its start. --resume-anyway counts off so many "
                     "items whatever they are, --overwrite begins anew");
  }
  input.count_off(last_.settled.below());
  // At every moment the journal is about the results that are there, or there are none.
  if (begins_) journal_.begin(found_, header_);
  output_ =
      base::UniqueFd(::open(output_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  struct stat status = {};
  if (!output_ || ::fstat(output_.get(), &status) != 0) {
    throw UsageError("cannot write " + output_path_ + ": " + base::error_text(errno));
  }
  if (static_cast<std::uint64_t>(status.st_size) < last_.output_bytes) {
    throw UsageError(output_path_ + " has " + std::to_string(status.st_size) + " bytes, and " +
                     journal_.path() + " says that " + std::to_string(last_.output_bytes) +
                     " were written; begin anew with --overwrite");
  }
  if (::ftruncate(output_.get(), static_cast<::off_t>(last_.output_bytes)) != 0 ||
      ::lseek(output_.get(), 0, SEEK_END) < 0) {
    throw UsageError("cannot cut " + output_path_ + ": " + base::error_text(errno));
  }
  if (begins_) {
    if (found_.end_bytes > 0) journal_.begin_empty(header_);
  } else {
    journal_.go_on(found_);
    if (last_.sequence > 0) {
      diagnostics_.say(output_path_ + ": going on behind " + items_text(last_.settled.count()));
    }
  }
  sync_folder_of(output_path_);
}

void OutputJournal::commit(JournalRecord record) {
  const auto begin = Clock::now();
  if (::fdatasync(output_.get()) != 0) {
    base::throw_system_error("write " + output_path_ + " to disk", errno);
  }
  record.sequence = last_.sequence + 1;
  journal_.append(record);
  if (record.finished) journal_.sync();
  last_ = std::move(record);
  const auto end = Clock::now();
  const auto pause = std::clamp<Clock::duration>((end - begun_) / kShareOfRun, kShortest, kLongest);
  due_ = end + std::max<Clock::duration>(pause, (end - begin) * kShareOfDisk);
}

}  // namespace forkmap::host
