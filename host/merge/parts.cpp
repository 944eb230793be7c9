// SPDX-License-Identifier: Apache-2.0
#include "host/merge/parts.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "host/cli/diagnostics.hpp"
#include "host/cli/usage_error.hpp"
#include "host/journal/file.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kBesides[] = {".journal", ".failures"};
constexpr std::size_t kMostNamed = 10;

std::string shard_text(const Shard& shard) {
  return "shard " + std::to_string(shard.index) + " of " + std::to_string(shard.count);
}

std::string items_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " item" : " items");
}

bool is_beside_another(const std::string& path, const std::set<std::string>& all) {
  return std::ranges::any_of(kBesides, [&](std::string_view ending) {
    return path.ends_with(ending) && all.contains(path.substr(0, path.size() - ending.size()));
  });
}

// Throws unless the file is as long as it was written.
void check_size(const std::string& path, std::uint64_t written_bytes, const Part& part,
                const std::string& remedy) {
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  const auto bytes = is_there ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (is_there && bytes == written_bytes) return;
  const std::string found =
      is_there ? "has " + std::to_string(bytes) + " bytes" : std::string("is not there");
  throw UsageError(path + " " + found + ", and " + std::to_string(written_bytes) +
                   " were written by " + part.journal_path() + "; " + remedy);
}

JournalContent finished_journal(const std::string& path) {
  using State = JournalContent::State;
  const std::string journal = path + ".journal";
  JournalContent content = look_at_journal(journal);
  switch (content.state) {
    case State::nothing:
      throw UsageError(path + ": there is no journal " + journal +
                       ", or nothing in it, and a part cannot be told without; name what run "
                       "--shard K/N --output has written, with the files beside it");
    case State::damaged:
      throw UsageError(journal + " is damaged; make the part anew with --overwrite");
    case State::other_version:
      throw UsageError(journal +
                       " is of another version of forkmap; merge with that version, or make the "
                       "part anew with --overwrite");
    case State::begun:
      break;
  }
  if (!content.last.record.finished) {
    throw UsageError(path + " is unfinished: by " + journal + " " +
                     items_text(content.last.record.settled.count()) +
                     " are done; wait for the end of its run, or go on with --resume");
  }
  return content;
}

RecordedForm form_of(const Part& part) {
  const auto form = recorded_form(part.header.run);
  if (!form || !part.last.whole_input) {
    throw UsageError(part.journal_path() +
                     " does not say all that has to be known for a merge; make the part anew with "
                     "this version of forkmap and --overwrite");
  }
  if (form->are_failures) {
    throw UsageError(part.path +
                     " has the items of --retry-failures, and is no shard; name the parts of a "
                     "run with --shard K/N");
  }
  return *form;
}

Part read_part(const std::string& path) {
  JournalContent content = finished_journal(path);
  Part part = {path, {}, std::move(content.header), std::move(content.last.record)};
  part.shard = form_of(part).shard;
  check_size(path, part.last.output.bytes, part, "make the part anew with --overwrite");
  if (part.last.failure_file.bytes > 0) {
    check_size(part.failures_path(), part.last.failure_file.bytes, part,
               "if the run had --failures FILE, copy that file there, else make the part anew with "
               "--overwrite");
  }
  return part;
}

// Sorts them, and throws unless each shard is there once.
void check_shards(std::vector<Part>& parts) {
  std::ranges::sort(parts, {}, [](const Part& part) { return part.shard.index; });
  const std::uint64_t count = parts.front().shard.count;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Part& before = parts[i - 1];
    const Part& part = parts[i];
    if (part.shard.count != count) {
      throw UsageError(part.path + " is " + shard_text(part.shard) + ", and " + parts.front().path +
                       " is " + shard_text(parts.front().shard) +
                       "; name the parts of one run only");
    }
    if (part.shard.index == before.shard.index) {
      throw UsageError(before.path + " and " + part.path + " are both " + shard_text(part.shard) +
                       "; name one of them");
    }
  }
  if (parts.size() == count) return;
  std::string missing;
  std::size_t named = 0;
  auto part = parts.begin();
  for (std::uint64_t index = 1; index <= count && named < kMostNamed; ++index) {
    if (part != parts.end() && part->shard.index == index) {
      ++part;
    } else {
      missing += (named++ == 0 ? "" : ", ") + std::to_string(index);
    }
  }
  const std::uint64_t left = count - parts.size();
  if (left > named) missing += ", ...";
  throw UsageError(std::to_string(left) + " of " + std::to_string(count) + " shards " +
                   (left == 1 ? "is" : "are") + " missing: " + missing + " (" + parts.front().path +
                   " is " + shard_text(parts.front().shard) +
                   "); name their files, too, or run them first");
}

std::string listed(const std::vector<std::string>& differences) {
  std::string text;
  for (const std::string& difference : differences) text += "\n  " + difference;
  return text;
}

JournalFacts without_shard(JournalFacts facts) {
  facts.erase("--shard");
  return facts;
}

void check_runs(const std::vector<Part>& parts, Diagnostics& diagnostics) {
  const Part& first = parts.front();
  bool is_told = false;
  for (const Part& part : parts) {
    const std::string changed =
        listed(differences(without_shard(first.header.run), without_shard(part.header.run)));
    if (!changed.empty()) {
      throw UsageError(part.path + " is of another run than " + first.path + ":" + changed +
                       "\nmake one of them anew with --overwrite");
    }
    if (part.last.whole_input != first.last.whole_input) {
      throw UsageError(part.path + " has the items of another input than " + first.path + ": of " +
                       std::to_string(part.last.whole_input->bytes) + " bytes there, and of " +
                       std::to_string(first.last.whole_input->bytes) +
                       " other bytes here; make one of them anew with --overwrite");
    }
    const std::string machine = listed(differences(first.header.machine, part.header.machine));
    if (machine.empty() || is_told) continue;
    is_told = true;
    diagnostics.say(part.path + " was made where something else is than for " + first.path + ":" +
                    machine + "\nresults may differ from those of one run");
  }
}

void count_items(ShardedRun& run) {
  for (const Part& part : run.parts) {
    run.items += part.last.settled.count();
    run.failures += part.last.failures;
  }
  for (const Part& part : run.parts) {
    const std::uint64_t index = part.shard.index;
    const std::uint64_t expected =
        run.items < index ? 0 : (run.items - index) / part.shard.count + 1;
    const SettledItems& settled = part.last.settled;
    if (settled.count() == expected && settled.ranges().empty()) continue;
    throw UsageError(part.path + " has " + items_text(settled.count()) + " by " +
                     part.journal_path() + ", and of " + std::to_string(run.items) + " " +
                     shard_text(part.shard) + " has " + std::to_string(expected) +
                     "; make the part anew with --overwrite");
  }
}

}  // namespace

ShardedRun read_parts(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  const std::set<std::string> all(paths.begin(), paths.end());
  ShardedRun run;
  for (const std::string& path : paths) {
    if (!is_beside_another(path, all)) run.parts.push_back(read_part(path));
  }
  check_shards(run.parts);
  check_runs(run.parts, diagnostics);
  count_items(run);
  run.form = form_of(run.parts.front());
  return run;
}

}  // namespace forkmap::host
