// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/coordinator_link.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <vector>

#include "core/node/messages.hpp"
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

base::UniqueFd CoordinatorLink::open() {
  door_.emplace();
  program_.emplace(std::vector<std::string>{courier_file(courier_), "--connect", door_->name()},
                   std::vector<std::string>{"FORKMAP_COURIER_NONCE=" + door_->nonce()},
                   StartedProgram::AfterUs::ends_itself);
  const auto until = Clock::now() + kConnectPatience;
  for (;;) {
    if (auto stream = door_->take()) return std::move(stream->socket);
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

void CoordinatorLink::refuse(const std::string& why) noexcept {
  try {
    const base::UniqueFd socket = open();
    std::vector<std::byte> bytes;
    node::append_frames(node::to_message(node::Bye{.why = why}), bytes);
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(socket.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent >= 0) {
        at += static_cast<std::size_t>(sent);
        continue;
      }
      if (errno == EINTR) continue;
      pollfd room{socket.get(), POLLOUT, 0};
      if (errno != EAGAIN || ::poll(&room, 1, kSendPatience_ms) == 0) return;
    }
  } catch (const std::exception&) {
    // What it would have said stands in the log of who started it.
    return;
  }
}

void CoordinatorLink::end() {
  if (program_) program_->end(kCourierEndPatience);
}

}  // namespace forkmap::host
