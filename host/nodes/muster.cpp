// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/muster.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

// "name", or "name#2" of the second rank there.
std::string own_name(const std::vector<MusteredNode>& others, const std::string& host) {
  std::string name = host;
  const auto is_taken = [&] {
    return std::ranges::find(others, name, &MusteredNode::name) != others.end();
  };
  for (int number = 2; is_taken(); ++number) {
    name = host + "#" + std::to_string(number);
  }
  return name;
}

std::string said(const StartedProgram& program) {
  const std::string log = program.log();
  return log.empty() ? "It said nothing" : "It said:\n" + log;
}

}  // namespace

Muster::Muster(CourierDoor& door, StartedProgram& program, std::vector<std::string> names,
               PluginStock* stock, Notice notice)
    : door_(door),
      program_(program),
      names_(std::move(names)),
      stock_(stock),
      notice_(std::move(notice)) {}

std::vector<MusteredNode> Muster::run(Clock::time_point until) {
  while (!is_complete() && Clock::now() < until) {
    wait(std::min(until, next_notice_));
    tell_of_wait();
    while (auto stream = door_.take()) take(std::move(*stream));
    for (Place& place : places_) {
      if (!place.is_open() || !place.node.socket) continue;
      write(place);
      if (place.is_open()) read(place);
    }
    note_program_end();
  }
  if (places_.empty()) {
    throw UsageError("the other machines did not come up in time; nothing was run. " +
                     said(program_));
  }
  std::vector<MusteredNode> nodes;
  for (Place& place : places_) {
    if (place.is_open()) place.node.failure = "it did not come up in time";
    if (names_.empty()) {
      const std::string host =
          place.node.hello ? place.node.hello->host : "rank " + std::to_string(place.node.rank);
      place.node.name = own_name(nodes, host);
    }
    nodes.push_back(std::move(place.node));
  }
  return nodes;
}

void Muster::wait(Clock::time_point until) const {
  std::vector<pollfd> fds;
  const auto add = [&fds](int fd, short events = POLLIN) { fds.push_back({fd, events, 0}); };
  for (const int fd : door_.awaited()) add(fd);
  add(program_.end_fd());
  for (const Place& place : places_) {
    if (!place.is_open() || !place.node.socket) continue;
    add(place.node.socket.get(), place.has_unsent() ? POLLIN | POLLOUT : POLLIN);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  // An interrupted wait is a short one.
  (void)::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
}

void Muster::take(CourierStream&& stream) {
  if (places_.empty()) {
    if (!names_.empty() && stream.ranks != names_.size() + 1) {
      throw UsageError("the courier has come in as one of " + std::to_string(stream.ranks) +
                       " ranks, and " + std::to_string(names_.size() + 1) +
                       " were started; nothing was run");
    }
    places_.resize(stream.ranks - 1);
    for (std::uint32_t rank = 1; rank < stream.ranks; ++rank) {
      places_[rank - 1].node.rank = rank;
      if (!names_.empty()) places_[rank - 1].node.name = names_[rank - 1];
    }
  }
  // Rank 0 is this process.
  if (stream.peer == 0 || stream.peer > places_.size()) return;
  MusteredNode& node = places_[stream.peer - 1].node;
  if (!node.socket) node.socket = std::move(stream.socket);
}

void Muster::read(Place& place) {
  const auto message = place.first.read(place.node.socket.get());
  if (!message) {
    place.node.failure = place.first.fault();
    return;
  }
  switch (message->type) {
    case node::FrameType::bye: {
      node::Bye bye;
      const node::Fault fault = node::from_message(*message, bye);
      place.node.failure = fault.empty() ? bye.why : "it has sent " + fault;
      if (place.node.failure.empty()) place.node.failure = "it has left";
      break;
    }
    case node::FrameType::held:
      answer(place, *message);
      break;
    default:
      take_hello(place, *message);
      break;
  }
}

void Muster::take_hello(Place& place, const node::Message& message) {
  node::Hello hello;
  const node::Fault fault = message.type == node::FrameType::hello
                                ? node::from_message(message, hello)
                                : "something else than a hello";
  if (fault.empty()) {
    place.node.hello = std::move(hello);
  } else {
    place.node.failure = "it has sent " + fault;
  }
}

void Muster::answer(Place& place, const node::Message& message) {
  node::HeldPlugins held;
  const node::Fault fault = node::from_message(message, held);
  if (!fault.empty()) {
    place.node.failure = "it has sent " + fault;
  } else if (stock_ == nullptr) {
    place.node.failure = "it asks for plugins, and --ship-plugins was not said here";
  } else if (place.answer != nullptr) {
    place.node.failure = "it has asked for plugins twice";
  } else {
    try {
      PluginStock::Answer answer = stock_->answer(held);
      place.answer = std::move(answer.frames);
      place.node.sent = std::move(answer.words);
      write(place);
    } catch (const Error& error) {
      place.node.failure = error.what();
    }
  }
}

// What the socket takes now.
void Muster::write(Place& place) {
  while (place.has_unsent()) {
    const ssize_t sent =
        ::send(place.node.socket.get(), place.answer->data() + place.answered_bytes,
               place.answer->size() - place.answered_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      place.answered_bytes += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      place.node.failure = "its connection failed: " + base::error_text(errno);
      return;
    }
  }
}

void Muster::note_program_end() {
  if (is_complete() || !program_.has_ended()) return;
  program_.end(std::chrono::milliseconds(0));
  throw UsageError("the other machines did not come up: what was to start them " + program_.how() +
                   "; nothing was run. " + said(program_));
}

void Muster::tell_of_wait() {
  const auto now = Clock::now();
  if (now < next_notice_) return;
  next_notice_ = now + kNoticeInterval;
  std::string missing;
  for (const Place& place : places_) {
    if (!place.is_open()) continue;
    const std::string name =
        place.node.name.empty() ? "rank " + std::to_string(place.node.rank) : place.node.name;
    missing += (missing.empty() ? "" : ", ") + name;
  }
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - begun_);
  if (notice_) {
    notice_("after " + std::to_string(waited.count()) + " s " +
            (places_.empty() ? "no other machine has come up: mpirun reaches them, or each loads "
                               "its plugins and runs their preload hooks first"
                             : "these machines have not come up: " + missing));
  }
}

bool Muster::is_complete() const {
  return !places_.empty() &&
         std::ranges::none_of(places_, [](const Place& place) { return place.is_open(); });
}

}  // namespace forkmap::host
