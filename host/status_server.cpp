// SPDX-License-Identifier: Apache-2.0
#include "host/status_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <forkmap/error.hpp>
#include <utility>

#include "core/base/epoll.hpp"
#include "core/base/system_error.hpp"
#include "host/status_address.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

constexpr auto kShortestRest = 10ms;
constexpr int kRestsPerWork = 20;
constexpr auto kRestWithoutDescriptors = 1s;
constexpr std::size_t kMostAcceptedAtOnce = StatusServer::kMostClients;

}  // namespace

StatusServer::StatusServer() : listener_(listen_for_status()), epoll_(base::new_epoll()) {
  if (!base::try_watch(epoll_.get(), listener_.get())) {
    base::throw_system_error("wait for the status socket", errno);
  }
}

StatusServer::~StatusServer() {
  for (const auto& client : clients_) drop(*client);
}

int StatusServer::awaited_fd(Clock::time_point now) const noexcept {
  return now < rests_until_ ? -1 : epoll_.get();
}

std::optional<std::chrono::nanoseconds> StatusServer::wakes_in(Clock::time_point now) const {
  if (now < rests_until_) return rests_until_ - now;
  if (has_requests_) return std::chrono::nanoseconds{};
  return std::nullopt;
}

void StatusServer::serve(Clock::time_point now, const Answer& answer) {
  if (now < rests_until_) return;
  epoll_event any = {};
  if (!has_requests_ && ::epoll_wait(epoll_.get(), &any, 1, 0) <= 0) return;
  const bool has_descriptors = accept_some(now);
  for (const auto& client : clients_) attend(*client, now, answer);
  std::erase_if(clients_, [](const auto& client) { return client->is_closed; });
  has_requests_ = std::ranges::any_of(clients_, [](const auto& client) {
    return client->answer.empty() && client->received.find('\n') != std::string::npos;
  });
  const auto end = Clock::now();
  rests_until_ = end + std::max<Clock::duration>(kShortestRest, kRestsPerWork * (end - now));
  if (!has_descriptors) rests_until_ = end + kRestWithoutDescriptors;
}

// False: somebody waits, and this process has no descriptor or memory left for them.
bool StatusServer::accept_some(Clock::time_point now) {
  for (std::size_t i = 0; i < kMostAcceptedAtOnce; ++i) {
    base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
    if (!is_peer_trusted(fd.get())) {
      const std::string refusal = error_answer("only the user of this run, and root, may ask");
      (void)::send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
      continue;
    }
    auto client = std::make_unique<Client>();
    try {
      client->fd = base::moved_high(std::move(fd));
    } catch (const SystemError&) {
      return false;  // it sees that nobody answers, and may come again
    }
    client->heard = now;
    if (clients_.size() >= kMostClients) {
      const auto silent =
          std::ranges::min_element(clients_, {}, [](const auto& each) { return each->heard; });
      drop(**silent);
      clients_.erase(silent);
    }
    if (!base::try_watch(epoll_.get(), client->fd.get())) return false;
    clients_.push_back(std::move(client));
  }
  return true;
}

void StatusServer::attend(Client& client, Clock::time_point now, const Answer& answer) {
  if (!client.answer.empty()) return send_answer(client);
  std::string line;
  if (!take_request(client, line)) {
    if (client.received.size() >= kMostRequestBytes) drop(client);
    return;
  }
  client.heard = now;
  const StatusRequest request = read_request(line);
  client.answer = request.fault.empty() ? answer(request) : error_answer(request.fault);
  send_answer(client);
}

// Reads until there is one whole line.
bool StatusServer::take_request(Client& client, std::string& line) {
  std::size_t end = client.received.find('\n');
  if (end == std::string::npos) {
    std::array<char, kMostRequestBytes> bytes;
    const ssize_t count = ::recv(client.fd.get(), bytes.data(),
                                 kMostRequestBytes - client.received.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      drop(client);
      return false;
    }
    client.received.append(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    end = client.received.find('\n');
    if (end == std::string::npos) return false;
  }
  line = client.received.substr(0, end);
  client.received.erase(0, end + 1);
  return true;
}

void StatusServer::send_answer(Client& client) {
  const ssize_t count = ::send(client.fd.get(), client.answer.data(), client.answer.size(),
                               MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return drop(client);
  client.answer.erase(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  watch(client, !client.answer.empty());
}

void StatusServer::watch(Client& client, bool to_write) {
  if (client.waits_to_write == to_write) return;
  client.waits_to_write = to_write;
  epoll_event event = {};
  event.events = to_write ? EPOLLOUT : EPOLLIN;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event) != 0) drop(client);
}

// Shut down, too: a zygote that is just being forked holds a copy for a moment.
void StatusServer::drop(Client& client) noexcept {
  if (!client.fd) return;
  base::unwatch(epoll_.get(), client.fd.get());
  ::shutdown(client.fd.get(), SHUT_RDWR);
  client.fd.reset();
  client.is_closed = true;
}

}  // namespace forkmap::host
