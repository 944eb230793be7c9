// SPDX-License-Identifier: Apache-2.0
#include "host/watch/address.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kPrefix = "forkmap/";
constexpr int kBacklog = 16;

struct Address {
  sockaddr_un address{};
  socklen_t size = 0;

  explicit Address(std::string_view name) {
    address.sun_family = AF_UNIX;
    const std::size_t bytes = std::min(name.size(), sizeof address.sun_path - 1);
    std::memcpy(address.sun_path + 1, name.data(), bytes);  // behind the NUL that makes it abstract
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + bytes);
  }
  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
  }
};

base::UniqueFd make_socket() {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) base::throw_system_error("make a status socket", errno);
  return fd;
}

std::string random_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) {
    base::throw_system_error("get a random name for the status socket", errno);
  }
  return std::to_string(number);
}

template <class T>
bool take_number(std::string_view& text, T& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

// "forkmap/<uid>/<pid>" with or without "/..." behind it.
std::optional<StatusName> parse_name(std::string_view text) {
  StatusName name;
  name.text = text;
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  if (!take_number(text, name.uid) || !text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  if (!take_number(text, name.pid) || name.pid <= 0) return std::nullopt;
  if (!text.empty() && text.front() != '/') return std::nullopt;
  return name;
}

std::optional<ucred> peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer;
}

}  // namespace

base::UniqueFd listen_for_status() {
  base::UniqueFd fd = base::moved_high(make_socket());
  const std::string name =
      std::string(kPrefix) + std::to_string(::geteuid()) + "/" + std::to_string(::getpid());
  Address address(name);
  int result = ::bind(fd.get(), address.get(), address.size);
  if (result != 0 && errno == EADDRINUSE) {
    // A process of another pid namespace that shares the network, or somebody who wants to annoy.
    address = Address(name + "/" + random_name());
    result = ::bind(fd.get(), address.get(), address.size);
  }
  if (result != 0 || ::listen(fd.get(), kBacklog) != 0) {
    base::throw_system_error("listen at the status socket " + name, errno);
  }
  return fd;
}

std::vector<StatusName> status_names() {
  std::ifstream file("/proc/net/unix");
  if (!file) base::throw_system_error("look for runs in /proc/net/unix", errno);
  std::vector<StatusName> names;
  std::string line;
  while (std::getline(file, line)) {
    // Num RefCount Protocol Flags Type St Inode Path; only sockets that listen have this flag.
    const std::size_t at = line.find('@');
    if (at == std::string::npos || line.find(" 00010000 ") > at) continue;
    if (auto name = parse_name(std::string_view(line).substr(at + 1))) {
      names.push_back(std::move(*name));
    }
  }
  std::ranges::sort(names, {}, &StatusName::pid);
  return names;
}

base::UniqueFd connect_to_status(const StatusName& name) {
  base::UniqueFd fd = make_socket();
  const Address address(name.text);
  if (::connect(fd.get(), address.get(), address.size) != 0) return {};
  const auto peer = peer_of(fd.get());
  if (!peer || peer->pid != name.pid || peer->uid != name.uid) return {};
  if (::geteuid() != 0 && !is_peer_trusted(fd.get())) return {};
  return fd;
}

bool is_peer_trusted(int socket) {
  const auto peer = peer_of(socket);
  return peer && (peer->uid == ::geteuid() || peer->uid == 0);
}

}  // namespace forkmap::host
