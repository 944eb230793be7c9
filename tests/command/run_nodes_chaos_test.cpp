// SPDX-License-Identifier: Apache-2.0
// Agents, couriers, workers and mpirun are killed, stopped and let go on at random. The output is
// that of one machine, and nothing is left behind.

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/node_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

constexpr int kItems = 4000;
constexpr int kLeastBlows = 1;
constexpr int kMostBlows = 4;

std::string chaos_items() {
  std::string text;
  for (int item = 0; item < kItems; ++item) text += std::to_string(item * 7 % 3) + "\n";
  return text;
}

class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {
    const std::vector<std::string> words = {"--node-timeout", "700ms", "--retries",           "9",
                                            "--chunk",        "7",     faulty() + ":sleep_ms"};
    run_ = std::make_unique<ChildProcess>(node_launch({1, 1, 1, 1}, words));
    run_->write("1\n");
    REQUIRE(run_->reads("1\n"));
    // All have come up. On a busy machine some may have been lost by now.
    agents_ = agents_of(run_->pid());
    mpirun_ = mpirun_of(run_->pid());
    all_ = {mpirun_, courier_of(mpirun_)};
    for (const pid_t agent : agents_) {
      all_.push_back(agent);
      for (const pid_t child : children_of(agent)) all_.push_back(child);
    }
  }

  void play() {
    std::thread hitter([this] { hit(); });
    const Ended ended = run_->finish(items_);
    hitter.join();
    for (const pid_t process : stopped_) ::kill(process, SIGCONT);
    INFO(log_);
    INFO(ended.errors);
    CHECK(ended.output == "1\n" + items_);
    CHECK(ended.status == 0);
    wait_for_ends(all_);
  }

 private:
  void hit() {
    int blows = number(kLeastBlows, kMostBlows);
    while (blows-- > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(number(1, 400)));
      const int chosen = number(0, 3);
      const pid_t agent =
          agents_.empty() ? 0 : agents_[static_cast<std::size_t>(chosen) % agents_.size()];
      const bool stops = number(0, 2) == 0;
      switch (number(0, 9)) {
        case 0:
          strike("mpirun", mpirun_, SIGKILL);
          break;
        case 1:
          strike("the courier here", courier_of(mpirun_), SIGKILL);
          break;
        case 2:
        case 3:
          strike("a courier", courier_of(agent), stops ? SIGSTOP : SIGKILL);
          break;
        case 4:
        case 5: {
          // The zygote is the child that has children.
          for (const pid_t child : children_of(agent)) {
            const std::vector<pid_t> workers = children_of(child);
            if (!workers.empty()) strike("a worker", workers.front(), SIGKILL);
          }
          break;
        }
        default:
          strike("an agent", agent, stops ? SIGSTOP : SIGKILL);
      }
    }
  }
  void strike(const char* what, pid_t process, int signal) {
    if (process <= 1 || ::kill(process, signal) != 0) return;
    if (signal == SIGSTOP) stopped_.push_back(process);
    log_ += std::string(what) + (signal == SIGSTOP ? " was stopped; " : " was killed; ");
  }
  int number(int lowest, int highest) {
    return std::uniform_int_distribution<int>(lowest, highest)(random_);
  }

  std::mt19937 random_;
  std::string items_ = chaos_items();
  std::unique_ptr<ChildProcess> run_;
  std::vector<pid_t> agents_;
  pid_t mpirun_ = 0;
  std::vector<pid_t> all_;
  std::vector<pid_t> stopped_;
  std::string log_;
};

}  // namespace

// FORKMAP_CHAOS_SEEDS: how many; each is a round of some seconds.
TEST_CASE("whatever dies or stops, no item is lost") {
  if (!has_mpi()) return;
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const wanted = std::getenv("FORKMAP_CHAOS_SEEDS");
  const unsigned seeds = wanted == nullptr ? 3 : static_cast<unsigned>(std::stoul(wanted));
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Chaos(seed).play();
  }
}
