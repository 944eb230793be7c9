// SPDX-License-Identifier: Apache-2.0
#include "tests/host/nodes/made_up_courier.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace forkmap::host {

base::UniqueFd knock(const std::string& name) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    throw std::runtime_error("nobody listens at " + name);
  }
  return socket;
}

std::string preamble(const std::string& nonce, std::uint32_t peer, std::uint32_t ranks) {
  std::string bytes = "FKMCOUR1";
  for (std::size_t at = 0; at < nonce.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(nonce.substr(at, 2), nullptr, 16));
  }
  bytes.append(reinterpret_cast<const char*>(&peer), sizeof peer);
  bytes.append(reinterpret_cast<const char*>(&ranks), sizeof ranks);
  return bytes;
}

base::UniqueFd come_in(const CourierDoor& door, std::uint32_t peer, std::uint32_t ranks) {
  base::UniqueFd socket = knock(door.name());
  say(socket, preamble(door.nonce(), peer, ranks));
  return socket;
}

void say(const base::UniqueFd& socket, const std::string& bytes) {
  if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("a stream does not take what is said");
  }
}

void say(const base::UniqueFd& socket, const node::Message& message) {
  std::vector<std::byte> frames;
  node::append_frames(message, frames);
  say(socket, std::string(reinterpret_cast<const char*>(frames.data()), frames.size()));
}

}  // namespace forkmap::host
