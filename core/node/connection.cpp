// SPDX-License-Identifier: Apache-2.0
#include "core/node/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/epoll.hpp"
#include "core/base/system_error.hpp"

namespace forkmap::node {

namespace {

constexpr std::size_t kReceiveBytes = std::size_t{256} << 10U;
// Small messages share a stretch, and so a system call.
constexpr std::size_t kSharedBytes = std::size_t{64} << 10U;

}  // namespace

Connection::Connection(base::UniqueFd socket, int epoll)
    : socket_(std::move(socket)), epoll_(epoll) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    base::throw_system_error("make a socket of a node one that does not block (fcntl)", errno);
  }
  base::watch(epoll_, socket_.get());
}

Connection::~Connection() { close("it was closed"); }

void Connection::send(const Message& message) {
  if (is_over() || !sends_) return;
  if (unsent_.size() < 2 || unsent_.back().size() >= kSharedBytes) unsent_.emplace_back();
  std::vector<std::byte>& last = unsent_.back();
  const std::size_t before = last.size();
  append_frames(message, last);
  unsent_bytes_ += last.size() - before;
}

void Connection::flush() {
  while (!unsent_.empty() && !is_over()) {
    const std::vector<std::byte>& first = unsent_.front();
    const ssize_t sent = ::send(socket_.get(), first.data() + sent_of_first_,
                                first.size() - sent_of_first_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return await_room(true);
      // What the other end has said before it went is still to be read.
      return close_sending();
    }
    const auto size = static_cast<std::size_t>(sent);
    sent_bytes_ += size;
    unsent_bytes_ -= size;
    sent_of_first_ += size;
    if (sent_of_first_ == first.size()) {
      unsent_.pop_front();
      sent_of_first_ = 0;
    }
  }
  await_room(false);
}

bool Connection::receive() {
  if (is_over()) return false;
  std::array<std::byte, std::size_t{64} << 10U> bytes;
  std::size_t received = 0;
  while (received < kReceiveBytes && reader_.fault().empty()) {
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
      received += static_cast<std::size_t>(size);
      reader_.take(std::span(bytes).first(static_cast<std::size_t>(size)));
      if (static_cast<std::size_t>(size) < bytes.size()) break;
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    close(size == 0 ? "its connection was closed"
                    : "its connection failed: " + base::error_text(errno));
    break;
  }
  received_bytes_ += received;
  return received > 0;
}

void Connection::close(const std::string& why) {
  if (is_over()) return;
  why_over_ = why;
  base::unwatch(epoll_, socket_.get());
  socket_.reset();
  drop_unsent();
}

void Connection::close_sending() {
  if (is_over() || !std::exchange(sends_, false)) return;
  drop_unsent();
  await_room(false);
  ::shutdown(socket_.get(), SHUT_WR);  // the other end may be gone: then it sees nothing
}

void Connection::drop_unsent() {
  unsent_.clear();
  sent_of_first_ = 0;
  unsent_bytes_ = 0;
}

void Connection::await_room(bool on) {
  if (is_over() || std::exchange(awaits_room_, on) == on) return;
  epoll_event event{};
  event.events = EPOLLIN | (on ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.fd = socket_.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_.get(), &event) != 0) {
    base::throw_system_error("wait for a socket of a node (epoll_ctl)", errno);
  }
}

}  // namespace forkmap::node
