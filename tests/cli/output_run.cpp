// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/output_run.hpp"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/process_tree.hpp"

namespace forkmap::cli {

using namespace std::chrono_literals;

std::vector<std::string> OutputRun::with(const std::vector<std::string>& more) const {
  std::vector<std::string> all = {"run", "--output", folder.path() + "/O"};
  all.insert(all.end(), arguments_.begin(), arguments_.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

int OutputRun::for_a_while(std::chrono::microseconds time,
                           const std::vector<std::string>& more) const {
  ChildProcess process(launch_of(with(more)));
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && state_of(process.pid()) != 'Z') {
    std::this_thread::sleep_for(200us);
  }
  process.signal(SIGKILL);
  const Ended ended = process.finish();
  INFO(ended.errors);
  CHECK((ended.status == kKilled || ended.status <= 1));
  return ended.status;
}

int OutputRun::up_to_size(std::uintmax_t bytes, const std::vector<std::string>& more) const {
  const std::string path = folder.path() + "/O";
  std::error_code none_yet;
  const bool is_anew = std::ranges::count(more, "--overwrite") > 0;
  const auto former = std::filesystem::file_size(path, none_yet);
  ChildProcess process(launch_of(with(more)));
  bool is_cut = !is_anew || none_yet || former == 0;
  while (state_of(process.pid()) != 'Z') {
    const auto size = std::filesystem::file_size(path, none_yet);
    is_cut = is_cut || none_yet || size < former;
    if (is_cut && !none_yet && size >= bytes) break;
    std::this_thread::sleep_for(200us);
  }
  process.signal(SIGKILL);
  const Ended ended = process.finish();
  INFO(ended.errors);
  CHECK((ended.status == kKilled || ended.status <= 1));
  return ended.status;
}

void OutputRun::up_to_record(std::string_view input) const {
  ChildProcess process(launch_of(with({})));
  process.write(input);
  wait_for_record(process);
  process.signal(SIGKILL);
  const Ended ended = process.finish();
  INFO(ended.errors);
  REQUIRE(ended.status == kKilled);
}

void OutputRun::killed_at(std::uintmax_t bytes, const std::vector<std::string>& more) const {
  const auto is_there = [this, bytes] {
    std::error_code none_yet;
    const auto size = std::filesystem::file_size(folder.path() + "/O", none_yet);
    return !none_yet && size >= bytes && records() > 0;
  };
  killed_when(is_there, more);
}

void OutputRun::killed_when(const std::function<bool()>& is_there,
                            const std::vector<std::string>& more) const {
  ChildProcess process(launch_of(with(more)));
  while (!is_there() && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
  process.signal(SIGKILL);
  const Ended ended = process.finish();
  INFO(ended.errors);
  REQUIRE(ended.status == kKilled);
}

std::vector<std::string> OutputRun::held(const std::string& input,
                                         const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {test_plugin("gates") + ":wait_at",
                                        "-j2",
                                        "--chunk",
                                        "1",
                                        "--param",
                                        "at=" + std::to_string(kHeldFrom),
                                        "--param",
                                        "gate=" + folder.path() + "/gate",
                                        "--input",
                                        input};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void OutputRun::wait_for_record(const ChildProcess& process) const {
  while (records() == 0 && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
}

}  // namespace forkmap::cli
