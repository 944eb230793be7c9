// SPDX-License-Identifier: Apache-2.0
#include "host/merge/merged_output.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/file_place.hpp"
#include "host/journal/file.hpp"

namespace forkmap::host {

namespace {

constexpr std::array<const char*, 3> kEndings = {"", ".journal", ".failures"};

void check_names(const std::string& path, const ShardedRun& run) {
  std::array<FilePlace, kEndings.size()> written;
  for (std::size_t i = 0; i < kEndings.size(); ++i) written[i] = place_of(path + kEndings[i]);
  for (const Part& part : run.parts) {
    for (const char* const ending : kEndings) {
      const FilePlace read = place_of(part.path + ending);
      const auto same = std::ranges::find_if(
          written, [&read](const FilePlace& place) { return place.is_same_as(read); });
      if (same == written.end()) continue;
      throw UsageError(path + kEndings[static_cast<std::size_t>(same - written.begin())] + " and " +
                       part.path + ending +
                       " are the same file, and the merge would write over what it reads; name "
                       "another --output");
    }
  }
}

std::string checked(const std::string& path, bool overwrites, const ShardedRun& run) {
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (descriptor_named(path) || (is_there && !S_ISREG(status.st_mode))) {
    throw UsageError("--output: " + path + " is not a regular file of that name; name one");
  }
  check_names(path, run);
  if (overwrites) return path;
  const JournalContent found = look_at_journal(path + ".journal");
  if (found.state == JournalContent::State::nothing || found.last.record.finished) return path;
  throw UsageError(path + " is unfinished: by " + path + ".journal " +
                   std::to_string(found.last.record.settled.count()) +
                   " items are done; name another --output, or write over it with --overwrite");
}

// As one run would have left it.
JournalHeader header_of_all(const ShardedRun& run) {
  JournalHeader header = run.parts.front().header;
  header.run.erase("--shard");
  return header;
}

JournalRecord record_of_all(const ShardedRun& run) {
  const JournalRecord& first = run.parts.front().last;
  JournalRecord record;
  record.sequence = 1;
  if (run.items > 0) record.settled.add(0, run.items);
  record.input = {run.items, first.whole_input->bytes, first.whole_input->hash};
  record.whole_input = first.whole_input;
  const bool is_one_file = std::ranges::all_of(
      run.parts, [&first](const Part& part) { return part.last.input_file == first.input_file; });
  if (is_one_file) record.input_file = first.input_file;
  record.is_open =
      std::ranges::any_of(run.parts, [](const Part& part) { return part.last.is_open; });
  record.failures = run.failures;
  record.finished = true;
  return record;
}

}  // namespace

MergedOutput::MergedOutput(const std::string& path, bool overwrites, const ShardedRun& run)
    : path_(checked(path, overwrites, run)),
      results_(path),
      failures_(path + ".failures"),
      journal_(path + ".journal") {
  results_.begin();
  failures_.begin();
}

void MergedOutput::publish(const ShardedRun& run, const std::string& reduction) {
  JournalRecord record = record_of_all(run);
  record.output = results_.end();
  record.failure_file = failures_.end();
  record.reduction = reduction;
  const std::string former = path_ + ".journal";
  if (::unlink(former.c_str()) != 0 && errno != ENOENT) {
    base::throw_system_error("remove " + former, errno);
  }
  results_.publish();
  failures_.publish();
  journal_.write(to_line(header_of_all(run)) + to_line(record));
}

}  // namespace forkmap::host
