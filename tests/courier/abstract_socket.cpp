// SPDX-License-Identifier: Apache-2.0
#include "tests/courier/abstract_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace forkmap::courier {

namespace {

constexpr int kDeadlineMs = 60'000;

[[nodiscard]] std::uint32_t number_at(const std::array<unsigned char, 32>& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8U | bytes[at + i];
  return number;
}

}  // namespace

base::UniqueFd listen_at(const std::string& name, int connections) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size() - 1, 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener.get(), connections) != 0) {
    throw std::runtime_error("cannot listen at " + name);
  }
  return listener;
}

void wait_readable(int socket) {
  pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, kDeadlineMs) != 1) throw std::runtime_error("nothing came in time");
}

base::UniqueFd accept_courier(int listener, Preamble& preamble) {
  wait_readable(listener);
  base::UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  std::array<unsigned char, 32> bytes{};
  for (std::size_t have = 0; have < bytes.size();) {
    wait_readable(socket.get());
    const ssize_t count = ::recv(socket.get(), bytes.data() + have, bytes.size() - have, 0);
    if (count <= 0) throw std::runtime_error("the courier has gone before its preamble");
    have += static_cast<std::size_t>(count);
  }
  constexpr std::array<unsigned char, 16> nonce = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                   0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
  if (std::memcmp(bytes.data(), "FKMCOUR1", 8) != 0 ||
      std::memcmp(bytes.data() + 8, nonce.data(), nonce.size()) != 0) {
    throw std::runtime_error("this is not the preamble of a courier with our nonce");
  }
  preamble = {.peer = number_at(bytes, 24), .ranks = number_at(bytes, 28)};
  return socket;
}

pid_t pid_behind(int socket) {
  ucred owner{};
  socklen_t size = sizeof owner;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0) {
    throw std::runtime_error("cannot ask who has connected");
  }
  return owner.pid;
}

}  // namespace forkmap::courier
