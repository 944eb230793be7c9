// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/courier_door.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/base/hexadecimal.hpp"
#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kMagic = "FKMCOUR1";
constexpr int kBacklog = 4096;

bool is_of_this_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

}  // namespace

CourierDoor::CourierDoor()
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (!listener_) base::throw_system_error("make a socket for the courier", errno);
  if (::getrandom(nonce_bytes_.data(), nonce_bytes_.size(), 0) !=
      static_cast<ssize_t>(nonce_bytes_.size())) {
    base::throw_system_error("get a random number for the courier", errno);
  }
  for (const unsigned char byte : nonce_bytes_) base::append_hexadecimal(nonce_, byte);
  // Abstract: it ends with this process. Its name tells nothing of the nonce.
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    base::throw_system_error("get a random name for the courier's socket", errno);
  }
  name_ = "@forkmap/courier/" + std::to_string(::getpid()) + "/" + base::hexadecimal(number);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), kBacklog) != 0) {
    base::throw_system_error("listen for the courier at " + name_, errno);
  }
  listener_ = base::moved_high(std::move(listener_));
}

std::vector<int> CourierDoor::awaited() const {
  std::vector<int> fds = {listener_.get()};
  for (const Entering& entering : entering_) fds.push_back(entering.socket.get());
  return fds;
}

void CourierDoor::let_in() {
  for (;;) {
    base::UniqueFd socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno == EAGAIN) return;
      base::throw_system_error("let the courier in (accept)", errno);
    }
    if (is_of_this_user(socket.get())) {
      entering_.push_back({base::moved_high(std::move(socket)), {}, 0});
    }
  }
}

bool CourierDoor::read(Entering& entering) const {
  auto* const bytes = reinterpret_cast<char*>(&entering.preamble);
  while (entering.received_bytes < sizeof(CourierPreamble)) {
    const ssize_t got = ::recv(entering.socket.get(), bytes + entering.received_bytes,
                               sizeof(CourierPreamble) - entering.received_bytes, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    entering.received_bytes += static_cast<std::size_t>(got);
  }
  const CourierPreamble& said = entering.preamble;
  return std::string_view(said.magic.data(), said.magic.size()) == kMagic &&
         said.nonce == nonce_bytes_ && said.peer < said.ranks;
}

std::optional<CourierStream> CourierDoor::take() {
  let_in();
  std::erase_if(entering_, [this](Entering& entering) { return !read(entering); });
  const auto whole =
      std::ranges::find(entering_, sizeof(CourierPreamble), &Entering::received_bytes);
  if (whole == entering_.end()) return std::nullopt;
  CourierStream stream{std::move(whole->socket), whole->preamble.peer, whole->preamble.ranks};
  entering_.erase(whole);
  return stream;
}

}  // namespace forkmap::host
