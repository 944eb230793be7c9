// SPDX-License-Identifier: Apache-2.0
#include "tests/command/sharded_run.hpp"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <utility>

#include "tests/catch.hpp"

namespace forkmap::cli {

namespace fs = std::filesystem;

ShardedRun::ShardedRun(std::vector<std::string> arguments, std::string_view input)
    : arguments_(std::move(arguments)) {
  static_cast<void>(folder.file("items", input));
}

Ended ShardedRun::run(std::vector<std::string> words) const {
  Launch launch;
  launch.folder = folder.path();
  return run_forkmap(std::move(words), {}, launch);
}

Ended ShardedRun::run_as_one() const {
  std::vector<std::string> words = {"run", "--input", "items", "--output", "one"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  return run(std::move(words));
}

Ended ShardedRun::run_shard(int index, int count, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"run",
                                    "--input",
                                    "items",
                                    "--output",
                                    "part.{shard}",
                                    "--shard",
                                    std::to_string(index) + "/" + std::to_string(count)};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  words.insert(words.end(), more.begin(), more.end());
  return run(std::move(words));
}

void ShardedRun::run_shards(int count) const {
  for (int index = 1; index <= count; ++index) {
    const Ended ended = run_shard(index, count);
    INFO(ended.errors);
    REQUIRE(ended.status <= 1);
  }
}

Ended ShardedRun::merge(std::vector<std::string> words) const {
  words.insert(words.begin(), {"merge", "--output", "out"});
  return run(std::move(words));
}

Ended ShardedRun::merge_all() const { return merge(names_of_parts()); }

std::vector<std::string> ShardedRun::names() const {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    all.push_back(entry.path().filename().string());
  }
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> ShardedRun::names_of_parts() const {
  std::vector<std::string> all = names();
  std::erase_if(all, [](const std::string& name) { return !name.starts_with("part."); });
  return all;
}

std::string ShardedRun::failures(const std::string& name) const {
  static const std::regex pid(R"re(("pid":|worker )[0-9]+)re");
  return std::regex_replace(folder.read(name), pid, "$1N");
}

void ShardedRun::remove_parts() const {
  for (const std::string& name : names_of_parts()) fs::remove(folder.file(name));
}

}  // namespace forkmap::cli
