// SPDX-License-Identifier: Apache-2.0
#include "bench/nodes/scripted_agents.hpp"

#include <poll.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/base/epoll.hpp"
#include "core/node/connection.hpp"
#include "core/node/wire.hpp"

namespace forkmap::bench {

namespace {

// Each line of the block, with its end.
node::Parts answer_to(const node::Block& block, std::chrono::nanoseconds row_time) {
  node::BlockPart part;
  part.block = block.number;
  part.worker = 0;
  part.pid = 4711;
  part.time = row_time * block.count;
  part.status.assign(block.count, 1);
  part.ends.reserve(block.count);
  part.text.reserve(block.lines.size());
  node::WireReader in(block.lines);
  std::string line;
  for (std::uint32_t row = 0; row < block.count; ++row) {
    in.get(line);
    part.text.append(line) += '\n';
    part.ends.push_back(part.text.size());
  }
  node::Parts parts;
  parts.parts.push_back(std::move(part));
  return parts;
}

class Agent {
 public:
  Agent(base::UniqueFd socket, int epoll) : connection_(std::move(socket), epoll) {}

  void send(node::Message&& message) {
    message.epoch = epoch_;
    message.peer = peer_;
    connection_.send(message);
  }
  void serve(std::chrono::nanoseconds row_time) {
    connection_.receive();
    while (auto message = connection_.next()) take(std::move(*message), row_time);
    connection_.flush();
  }
  [[nodiscard]] bool is_over() const { return is_over_ || connection_.is_over(); }

 private:
  node::Connection connection_;
  std::uint32_t epoch_ = 0;
  std::uint32_t peer_ = 0;
  bool is_over_ = false;

  void take(node::Message&& message, std::chrono::nanoseconds row_time) {
    switch (message.type) {
      case node::FrameType::welcome:
        epoch_ = message.epoch;
        peer_ = message.peer;
        return;
      case node::FrameType::block: {
        node::Block block;
        const node::Fault fault = from_message(std::move(message), block);
        if (!fault.empty()) throw std::runtime_error("a block has " + fault);
        return send(to_message(answer_to(block, row_time)));
      }
      case node::FrameType::ping: {
        node::Ping ping;
        if (!from_message(message, ping).empty()) return;
        node::Beat beat;
        beat.workers_up = 1;
        beat.echo = ping.time_ns;
        beat.time_ns = ping.time_ns;
        return send(to_message(beat));
      }
      case node::FrameType::shutdown:
        send(to_message(node::Bye{}));
        is_over_ = true;
        return;
      default:
        return;
    }
  }
};

}  // namespace

void serve(const ScriptedAgents& script, std::vector<base::UniqueFd> sockets) {
  const base::UniqueFd epoll = base::new_epoll();
  std::vector<std::unique_ptr<Agent>> agents;
  agents.reserve(sockets.size());
  for (base::UniqueFd& socket : sockets) {
    agents.push_back(std::make_unique<Agent>(std::move(socket), epoll.get()));
    agents.back()->send(to_message(script.hello));
    agents.back()->serve(script.row_time);
  }
  while (!agents.empty()) {
    pollfd ready{epoll.get(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    for (const auto& agent : agents) agent->serve(script.row_time);
    std::erase_if(agents, [](const auto& agent) { return agent->is_over(); });
  }
}

}  // namespace forkmap::bench
