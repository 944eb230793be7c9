// SPDX-License-Identifier: Apache-2.0
//
// One run, the same in shards, and their merge, in a folder of their own: the files "one",
// "part.1" ... and "out".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/kit/child_process.hpp"

namespace forkmap::cli {

class ShardedRun {
 public:
  // `arguments` of run, but for the names of files; the items are those of `input`.
  ShardedRun(std::vector<std::string> arguments, std::string_view input);

  [[nodiscard]] Ended run_as_one() const;
  // Shard `index` of `count`, with other arguments in the end.
  Ended run_shard(int index, int count, const std::vector<std::string>& more = {}) const;
  void run_shards(int count) const;
  [[nodiscard]] Ended merge(std::vector<std::string> words) const;
  // Of all parts, which the shell would have found by part.*.
  [[nodiscard]] Ended merge_all() const;
  // The names of all parts, and of what lies beside them.
  [[nodiscard]] std::vector<std::string> names_of_parts() const;
  // All names in the folder.
  [[nodiscard]] std::vector<std::string> names() const;
  // A file of failures, without the pids in it.
  [[nodiscard]] std::string failures(const std::string& name) const;
  void remove_parts() const;

  TestFolder folder;

 private:
  [[nodiscard]] Ended run(std::vector<std::string> words) const;
  std::vector<std::string> arguments_;
};

}  // namespace forkmap::cli
