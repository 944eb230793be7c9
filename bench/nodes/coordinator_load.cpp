// SPDX-License-Identifier: Apache-2.0
//
// forkmap-nodes-load [NODES...]: what blocks and bytes cost the coordinator, on one core. Its nodes
// are scripted: the other ends of its sockets answer at once, so no MPI and no worker is measured.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <forkmap/registry.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/nodes/scripted_agents.hpp"
#include "core/base/own_descriptors.hpp"
#include "core/node/offers.hpp"
#include "core/node/remote_site.hpp"
#include "core/pool/loop.hpp"
#include "core/site/fleet.hpp"

namespace forkmap::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLineBytes = 15;  // and as much back

// Lines of one length, as many as are wanted.
class Lines final : public ItemSource {
 public:
  explicit Lines(std::uint64_t count) : left_(count) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    while (block.count < limit && left_ > 0 && block.bytes_used <= block.bytes_aim) {
      if (kLineBytes > block.bytes_capacity - block.bytes_used) return Fill::full;
      std::memset(block.bytes + block.bytes_used, 'x', kLineBytes);
      block.bytes_used += kLineBytes;
      block.columns[0].ends[block.count++] = block.bytes_used;
      --left_;
    }
    return left_ == 0 ? Fill::end : Fill::more;
  }
  std::uint64_t skip_too_large() override { throw std::runtime_error("a line is too large"); }

 private:
  std::uint64_t left_;
};

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// The process that answers.
class Answerers {
 public:
  Answerers(const ScriptedAgents& script, std::size_t count) {
    std::vector<base::UniqueFd> far;
    for (std::size_t place = 0; place < count; ++place) {
      auto [here, there] = base::make_socket_pair(SOCK_STREAM);
      near_.push_back(std::move(here));
      far.push_back(std::move(there));
    }
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    near_.clear();
    int status = 0;
    try {
      serve(script, std::move(far));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "scripted nodes: %s\n", error.what());
      status = 1;
    }
    ::_exit(status);
  }
  Answerers(const Answerers&) = delete;
  Answerers& operator=(const Answerers&) = delete;
  ~Answerers() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::vector<base::UniqueFd> take() { return std::move(near_); }

 private:
  pid_t pid_ = -1;
  std::vector<base::UniqueFd> near_;
};

struct Load {
  double processor_s = 0;
  double wall_s = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;  // both ways
};

// `rows`: of a block, which nodes are made to seem to run in the time that a block takes.
Load load_of(std::size_t nodes, std::uint64_t rows, std::uint64_t items) {
  Registry registry;
  registry.add("echo", [](std::string_view text) { return std::string(text); });
  PoolOptions options;
  options.workers = 1;
  ScriptedAgents script;
  script.hello = node::hello_of(registry.table(), options, "scripted", 1);
  script.row_time = node::kBlockTimeAim / static_cast<std::int64_t>(rows);
  Answerers answerers(script, nodes);
  node::RemoteSite* site = nullptr;
  auto loop = std::make_shared<pool::Loop>(
      registry.table(), options, nullptr, [&](const pool::Loop::Means& means) {
        std::vector<node::NodeEntry> entries;
        for (base::UniqueFd& socket : answerers.take()) {
          entries.push_back({"n" + std::to_string(entries.size() + 1), std::move(socket)});
        }
        auto remote = std::make_unique<node::RemoteSite>(registry.table(), means.settings.options(),
                                                         means.ledger, means.events,
                                                         std::move(entries), node::RemoteRules{});
        site = remote.get();
        std::vector<std::unique_ptr<pool::Site>> sites;
        sites.push_back(std::move(remote));
        return std::make_unique<pool::Fleet>(means.ledger, std::move(sites));
      });
  loop->start();
  const auto are_up = [&] {
    for (std::size_t place = 0; place < site->size(); ++place) {
      if (!site->node(place).is_up()) return false;
    }
    return true;
  };
  while (!are_up()) loop->wait_step(1s, -1);
  const auto bytes = [&] {
    std::uint64_t sum = 0;
    for (std::size_t place = 0; place < site->size(); ++place) {
      const node::Connection& connection = site->node(place).connection();
      sum += connection.sent_bytes() + connection.received_bytes();
    }
    return sum;
  };
  const auto run = [&](std::uint64_t count) {
    pool::MapRequest request;
    request.function = &registry.table().resolve("echo");
    request.source = std::make_unique<Lines>(count);
    request.text = types::TextRules{};
    request.text_results = pool::TextResults::lines;
    const auto map = loop->open(std::move(request));
    std::uint64_t read = 0;
    while (read < count) {
      loop->wait_step(1s, -1);
      while (map->results().has_batch()) {
        ResultBatch batch = map->results().take_batch();
        loop->ledger().note_read(*map, batch);
        if (!batch.errors.empty()) throw std::runtime_error(batch.errors.front().message);
        read += batch.count;
        loop->ledger().memory().take_back(std::move(batch));
      }
    }
  };
  // Blocks get their size, and memory its place.
  run(std::max<std::uint64_t>(nodes * 64, items / 10));
  const std::uint64_t bytes_before = bytes();
  const double processor_before = processor_seconds();
  const auto begun = std::chrono::steady_clock::now();
  run(items);
  Load load;
  load.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  load.processor_s = processor_seconds() - processor_before;
  load.blocks = items / rows;
  load.bytes = bytes() - bytes_before;
  loop->kill();
  return load;
}

void report(std::size_t nodes) {
  const Load blocks = load_of(nodes, 1, 200'000);
  const Load bytes = load_of(nodes, 10'000, 40'000'000);
  std::printf("%6zu  %9.0f  %6.2f  %9.2f  %8.1f\n", nodes,
              static_cast<double>(blocks.blocks) / blocks.processor_s,
              blocks.processor_s * 1e6 / static_cast<double>(blocks.blocks),
              static_cast<double>(bytes.bytes) / bytes.processor_s / 1e9,
              40e6 / bytes.processor_s / 1e6);
  std::fflush(stdout);
}

}  // namespace

}  // namespace forkmap::bench

int main(int count, char** arguments) {
  // Two for each connection, and forkmap's own.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  try {
    std::vector<std::size_t> nodes;
    for (int place = 1; place < count; ++place) nodes.push_back(std::stoul(arguments[place]));
    if (nodes.empty()) nodes = {10, 100, 1000};
    std::printf("what a second of the coordinator's core does\n");
    std::printf(" nodes   blocks/s  us each   GB/s  M lines/s\n");
    for (const std::size_t one : nodes) forkmap::bench::report(one);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap-nodes-load: %s\n", error.what());
    return 1;
  }
}
