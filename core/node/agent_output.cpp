// SPDX-License-Identifier: Apache-2.0
#include "core/node/agent_output.hpp"

#include <utility>

namespace forkmap::node {

namespace {

// A message is full with so many; what came last may lie beyond.
constexpr std::uint64_t kMessageBytes = std::uint64_t{256} << 10U;

std::uint64_t size_of(const Printed& printed) {
  std::uint64_t bytes = printed.bytes.size();
  for (const PrintedLine& line : printed.lines) bytes += line.line.size() + sizeof(PrintedLine);
  return bytes;
}

}  // namespace

PoolOptions AgentOutput::taken_over(PoolOptions options) {
  options.output = [this](std::string_view bytes) { add(bytes); };
  options.output_line = [this](int worker, pid_t pid, std::string_view line) {
    add_line(worker, pid, line);
  };
  return options;
}

Printed* AgentOutput::place_for(std::uint64_t bytes) {
  if (held_bytes_ + bytes > kMostBytes) {
    cut_bytes_ += bytes;
    return nullptr;
  }
  held_bytes_ += bytes;
  // Bytes that were cut lie between what is here and what comes.
  if (held_.empty() || cut_bytes_ > 0 || size_of(held_.back()) >= kMessageBytes) {
    held_.emplace_back();
    held_.back().cut_bytes = std::exchange(cut_bytes_, 0);
  }
  return &held_.back();
}

void AgentOutput::add(std::string_view bytes) {
  if (Printed* const place = place_for(bytes.size())) place->bytes += bytes;
}

void AgentOutput::add_line(int worker, pid_t pid, std::string_view line) {
  if (Printed* const place = place_for(line.size() + sizeof(PrintedLine))) {
    place->lines.push_back({worker, pid, std::string(line)});
  }
}

void AgentOutput::send(const Connection& connection, const std::function<void(Message&&)>& send) {
  if (cut_bytes_ > 0) {
    held_.emplace_back();
    held_.back().cut_bytes = std::exchange(cut_bytes_, 0);
  }
  for (const Printed& printed : std::exchange(held_, {})) {
    send(to_message(printed));
    sent_.push_back({connection.sent_bytes() + connection.unsent_bytes(), size_of(printed)});
    sent_bytes_ += sent_.back().bytes;
  }
  held_bytes_ = 0;
}

bool AgentOutput::must_rest(const Connection& connection) {
  while (!sent_.empty() && sent_.front().end <= connection.sent_bytes()) {
    sent_bytes_ -= sent_.front().bytes;
    sent_.pop_front();
  }
  return held_bytes_ + sent_bytes_ >= kRestBytes;
}

}  // namespace forkmap::node
