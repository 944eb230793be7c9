// SPDX-License-Identifier: Apache-2.0
#include "host/journal/output_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/disk_sync.hpp"
#include "host/io/file_place.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Between records, so that a kill costs at most a thousandth of the run, and the disk a tenth.
constexpr Clock::duration kShortest = 100ms;
constexpr Clock::duration kLongest = 1s;
constexpr int kShareOfRun = 1000;
constexpr int kShareOfDisk = 9;

constexpr const char* kAnew = "; begin anew with --overwrite";

// Before the journal is made, so that there is none beside a device.
std::string checked_output(const std::string& path) {
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (!is_there && errno != ENOENT) {
    throw UsageError("cannot write " + path + ": " + base::error_text(errno));
  }
  if (descriptor_named(path) || (is_there && !S_ISREG(status.st_mode))) {
    throw UsageError("--output: " + path +
                     " is not a regular file of that name, so a run could not be resumed with it; "
                     "send standard output there instead");
  }
  return path;
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

std::string listed(const std::vector<std::string>& differences) {
  std::string text;
  for (const std::string& difference : differences) text += "\n  " + difference;
  return text;
}

// To look at only: it is not locked yet, and closing it later would give the lock back.
base::UniqueFd open_to_compare(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

}  // namespace

OutputJournal::OutputJournal(const OutputOptions& options, const std::string& failures_path,
                             Progress progress, JournalHeader header, Diagnostics& diagnostics)
    : options_(options),
      progress_(progress),
      diagnostics_(diagnostics),
      output_path_(checked_output(options.output)),
      failures_path_(failures_path.empty() ? output_path_ + ".failures" : failures_path),
      header_(std::move(header)),
      journal_(output_path_ + ".journal"),
      found_(journal_.read()) {
  // Under another name it may be another run's.
  std::error_code none;
  if (std::filesystem::exists(output_path_, none)) {
    output_ = open_for_writing(output_path_, O_RDWR | O_APPEND);
  }
  if (!journal_.is_locked()) {
    diagnostics.say(journal_.path() +
                    ": the file system has no locks, so nothing keeps a second run from writing "
                    "the same output");
  }
  if (options.overwrite) return;
  if (options.resume) {
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
  const JournalRecord& last = found_.last.record;
  if (found_.state == JournalContent::State::nothing || last.finished) return;
  if (found_.state == JournalContent::State::other_version) {
    throw UsageError(output_path_ + " is unfinished, and " + journal_.path() +
                     " is of another version of forkmap, which has to go on with it" + kAnew);
  }
  throw UsageError(output_path_ + " is unfinished: by " + journal_.path() + " " +
                   items_text(last.settled.count()) +
                   " are done; go on with --resume, or begin anew with --overwrite");
}

void OutputJournal::go_on_with() {
  const std::string cannot = output_path_ + " cannot be resumed: " + journal_.path();
  switch (found_.state) {
    case JournalContent::State::nothing:
      if (!has_output()) return;
      throw UsageError(cannot + " says nothing about it" + kAnew);
    case JournalContent::State::damaged:
      throw UsageError(cannot + " is damaged" + kAnew);
    case JournalContent::State::other_version:
      throw UsageError(cannot +
                       " is of another version of forkmap, whose records do not vouch for what "
                       "they say; go on with that version, or begin anew with --overwrite");
    case JournalContent::State::begun:
      break;
  }
  const std::string changed = listed(differences(found_.header.run, header_.run));
  if (!changed.empty() && !options_.resume_anyway) {
    throw UsageError(output_path_ + " was begun by another run than this:" + changed +
                     "\n--resume-anyway goes on all the same, --overwrite begins anew");
  }
  if (!changed.empty()) diagnostics_.say(output_path_ + ": going on all the same:" + changed);
  const std::string elsewhere = listed(differences(found_.header.machine, header_.machine));
  if (!elsewhere.empty()) {
    diagnostics_.say(
        output_path_ +
        ": it goes on where results may come out otherwise in their last digits:" + elsewhere);
  }
  begins_ = false;
}

void OutputJournal::compare(ItemInput& input) {
  input.keep_places();
  if (begins_) return;
  last_ = found_.last.record;
  last_end_bytes_ = found_.last.end_bytes;
  CheckProgress progress(progress_, diagnostics_);
  compare_results(progress);
  if (options_.resume_anyway) {
    input.count_off(last_.claim());
  } else {
    compare_input(input, progress);
  }
  if (last_.finished && input.is_at_end()) {
    is_finished_ = true;
    refuse_added_bytes();
    diagnostics_.say(output_path_ + " is finished already: " + items_text(last_.settled.count()) +
                     ", of which " + std::to_string(last_.failures) + " failed");
    return;
  }
  // Behind the one line of a reduction there is nothing to go on with.
  if (last_.finished && !last_.reduction.empty()) {
    if (found_.unfinished.record.settled != last_.settled) {
      throw UsageError(output_path_ + " cannot be resumed: " + journal_.path() +
                       " has no record from before its end" + kAnew);
    }
    go_back_to(found_.unfinished);
  }
  take_hashes(progress);
}

void OutputJournal::refuse_or_tell(const std::string& difference) {
  if (!options_.resume_anyway) {
    throw UsageError(difference + "; --resume-anyway goes on behind them all the same, " +
                     "--overwrite begins anew");
  }
  diagnostics_.say(difference + "; going on behind them all the same");
  has_other_results_ = true;
}

// There are some, in a file.
bool OutputJournal::keeps_failures() const {
  const FilePlace failures = place_of(failures_path_);
  const bool is_kept =
      failures.kind == FilePlace::Kind::content || failures.kind == FilePlace::Kind::missing;
  return is_kept && !failures.descriptor && last_.failure_file.bytes > 0;
}

void OutputJournal::compare_results(CheckProgress& progress) {
  const auto check = [&](int fd, const std::string& path, const VouchedBytes& then) {
    const std::string difference = difference_of(fd, path, then, progress);
    if (difference.empty()) return;
    const std::string text = path + " " + difference + " by " + journal_.path();
    // Bytes that are missing cannot be gone on behind.
    struct stat status = {};
    const bool is_short = fd < 0 || ::fstat(fd, &status) != 0 ||
                          static_cast<std::uint64_t>(status.st_size) < then.bytes;
    if (is_short) throw UsageError(text + kAnew);
    refuse_or_tell(text);
  };
  check(output_.fd.get(), output_path_, last_.output);
  if (keeps_failures()) {
    check(open_to_compare(failures_path_).get(), failures_path_, last_.failure_file);
  }
}

// What a run that was killed has written behind its last record is cut off; behind the end of a
// finished one there is nothing of its own.
void OutputJournal::refuse_added_bytes() {
  const auto check = [this](int fd, const std::string& path, std::uint64_t written_bytes) {
    const std::uint64_t added_bytes = bytes_behind(fd, path, written_bytes);
    if (added_bytes == 0) return;
    const std::string text = path + " is finished, and somebody else has added " +
                             std::to_string(added_bytes) + " bytes behind the " +
                             std::to_string(written_bytes) + " that were written by " +
                             journal_.path();
    if (!options_.resume_anyway) {
      throw UsageError(text + "; cut them off, leave them with --resume-anyway, or begin anew " +
                       "with --overwrite");
    }
    diagnostics_.say(text + "; they are left there");
  };
  check(output_.fd.get(), output_path_, last_.output.bytes);
  if (keeps_failures()) {
    check(open_to_compare(failures_path_).get(), failures_path_, last_.failure_file.bytes);
  }
}

void OutputJournal::compare_input(ItemInput& input, CheckProgress& progress) {
  using Result = InputComparison::Result;
  InputComparison found = input.go_on_behind(last_.claim(), progress);
  if (found.result == Result::line_goes_on && input.restart()) {
    go_back_to(found_.closed);
    const InputComparison closed = input.go_on_behind(last_.claim(), progress);
    if (closed.result == Result::same) {
      diagnostics_.say(output_path_ +
                       ": the last line of the input had no end when it was read, and has gone on "
                       "since; its item, and those that came with it, are done again");
    }
    found = closed;
  }
  if (found.result == Result::same) return;
  throw UsageError("the input " + found.difference + ", and " + output_path_ + " has " +
                   items_text(found_.last.record.settled.count()) +
                   " of it; give the same input from its start. --resume-anyway counts off so "
                   "many items whatever they are, --overwrite begins anew");
}

void OutputJournal::go_back_to(const JournalContent::Kept& kept) {
  last_ = kept.record;
  last_end_bytes_ = kept.end_bytes;
}

void OutputJournal::take_hashes(CheckProgress& progress) {
  const auto hash = [&](int fd, const std::string& path, const VouchedBytes& kept) {
    if (fd < 0 || kept.bytes == 0) return StreamHash();
    return has_other_results_ ? hash_of_first(fd, path, kept.bytes, progress)
                              : hash_behind(fd, path, kept);
  };
  output_hash_ = hash(output_.fd.get(), output_path_, last_.output);
  failure_hash_ = hash(open_to_compare(failures_path_).get(), failures_path_, last_.failure_file);
}

void OutputJournal::take_up() {
  if (!output_.fd) output_ = open_for_writing(output_path_, O_RDWR | O_APPEND);
  // At every moment the journal is about the results that are there, or there are none.
  if (begins_) {
    journal_.begin(header_);
  } else {
    journal_.go_on({last_, last_end_bytes_});
  }
  keep_first_bytes(output_, output_path_, last_.output.bytes);
  if (begins_) {
    if (found_.state != JournalContent::State::nothing) journal_.begin_empty(header_);
  } else if (last_.sequence > 0) {
    diagnostics_.say(output_path_ + ": going on behind " + items_text(last_.settled.count()));
  }
  sync_folder_of(output_path_);
}

void OutputJournal::commit(JournalRecord record) {
  const auto begin = Clock::now();
  check_is_untouched(output_.fd.get(), output_path_, record.output.bytes);
  if (!sync_to_disk(output_.fd.get(), output_path_) && !std::exchange(is_unsynced_, true)) {
    diagnostics_.say(output_path_ +
                     ": the file system cannot be told to bring it to the disk, so the journal "
                     "holds after a kill, but perhaps not after a failure of the machine");
  }
  record.output.file = stamp_now(output_.fd.get());
  record.sequence = last_.sequence + 1;
  journal_.append(record);
  if (record.finished) static_cast<void>(journal_.sync());
  last_ = std::move(record);
  const auto end = Clock::now();
  const auto pause = std::clamp<Clock::duration>((end - begun_) / kShareOfRun, kShortest, kLongest);
  due_ = end + std::max<Clock::duration>(pause, (end - begin) * kShareOfDisk);
}

}  // namespace forkmap::host
