// SPDX-License-Identifier: Apache-2.0
#include "core/process/message_socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "core/base/check.hpp"

namespace forkmap::process {

namespace {

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)>;

void take_descriptors(const cmsghdr* control, ReceivedDescriptors& descriptors) {
  if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) return;
  const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
    base::UniqueFd owned(fd);
    if (descriptors.count < kMaxDescriptors)
      descriptors.fds[descriptors.count++] = std::move(owned);
  }
}

}  // namespace

std::pair<base::UniqueFd, base::UniqueFd> make_message_pair() {
  return base::make_socket_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
}

SendResult send_bytes(int socket, std::span<const std::byte> message,
                      std::span<const int> descriptors) noexcept {
  FORKMAP_CHECK(descriptors.size() <= kMaxDescriptors);
  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) ControlBuffer buffer{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = buffer.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return SendResult::sent;
    if (errno == EINTR) continue;
    // ETOOMANYREFS: too many descriptors are under way, and end it does when the other end reads.
    const bool full =
        errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS;
    return full ? SendResult::full : SendResult::gone;
  }
}

ReceiveResult receive_bytes(int socket, std::span<std::byte> message,
                            ReceivedDescriptors& descriptors) noexcept {
  iovec part{message.data(), message.size()};
  alignas(cmsghdr) ControlBuffer buffer{};
  for (;;) {
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = buffer.data();
    header.msg_controllen = buffer.size();
    const ssize_t size = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) {
      // ECONNRESET: the other end closed with messages of ours unread. It is told once, before what
      // the other end had sent; so the next call returns that.
      if (errno == EINTR || errno == ECONNRESET) continue;
      return errno == EAGAIN || errno == ENOMEM ? ReceiveResult::none : ReceiveResult::gone;
    }
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
      take_descriptors(control, descriptors);
    }
    descriptors.lost_some = (header.msg_flags & MSG_CTRUNC) != 0;
    const bool whole =
        static_cast<std::size_t>(size) == message.size() && (header.msg_flags & MSG_TRUNC) == 0;
    return whole ? ReceiveResult::received : ReceiveResult::gone;
  }
}

}  // namespace forkmap::process
