// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/coordinator_link.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <vector>

#include "host/cli/usage_error.hpp"
#include "host/nodes/courier_file.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// All ranks have to come up before one is connected.
constexpr auto kConnectPatience = 120s;
constexpr auto kCourierEndPatience = 5000ms;
constexpr int kSendPatience_ms = 5000;

}  // namespace

void CoordinatorLink::open() {
  if (socket_) return;
  door_.emplace();
  program_.emplace(std::vector<std::string>{courier_file(courier_), "--connect", door_->name()},
                   std::vector<std::string>{"FORKMAP_COURIER_NONCE=" + door_->nonce()},
                   StartedProgram::AfterUs::ends_itself);
  const auto until = Clock::now() + kConnectPatience;
  for (;;) {
    if (auto stream = door_->take()) {
      socket_ = std::move(stream->socket);
      return;
    }
    if (program_->has_ended()) {
      program_->end(0ms);
      throw UsageError("the courier " + program_->how() + ": " + program_->log());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left <= 0ms) throw UsageError("the courier has not come in: " + program_->log());
    std::vector<pollfd> fds = {{program_->end_fd(), POLLIN, 0}};
    for (const int fd : door_->awaited()) fds.push_back({fd, POLLIN, 0});
    // An interrupted wait is a short one.
    (void)::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
  }
}

base::UniqueFd CoordinatorLink::give() {
  open();
  is_given_ = true;
  return std::move(socket_);
}

bool CoordinatorLink::send(const node::Message& message) const {
  std::vector<std::byte> bytes;
  node::append_frames(message, bytes);
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t sent = ::send(socket_.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent >= 0) {
      at += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    pollfd room{socket_.get(), POLLOUT, 0};
    if (errno != EAGAIN || ::poll(&room, 1, kSendPatience_ms) == 0) return false;
  }
  return true;
}

void CoordinatorLink::refuse(const std::string& why) noexcept {
  try {
    open();
    // Where it is not taken, what it would have said stands in the log of who started it.
    static_cast<void>(send(node::to_message(node::Bye{.why = why})));
  } catch (const std::exception&) {
    // The same.
    return;
  }
}

void CoordinatorLink::end() {
  socket_.reset();
  if (program_) program_->end(kCourierEndPatience);
}

}  // namespace forkmap::host
