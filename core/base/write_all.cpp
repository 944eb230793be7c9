// SPDX-License-Identifier: Apache-2.0
#include "core/base/write_all.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::base {

namespace {

constexpr std::size_t kKeptBytes = std::size_t{8} << 20U;

// `write_some(rest, done)` is write() or pwrite() of what is left behind the first `done` bytes.
template <class WriteSome>
Written write_until_done(std::string_view text, const WriteSome& write_some) noexcept {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write_some(text.substr(done), done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0) {
      return {done, ENOSPC};
    } else if (errno != EINTR) {
      return {done, errno};
    }
  }
  return {done, 0};
}

}  // namespace

Written write_all(int fd, std::string_view text, WhenFull when_full) noexcept {
  const auto write_some = [fd](std::string_view rest, std::size_t) {
    return ::write(fd, rest.data(), rest.size());
  };
  Written written = write_until_done(text, write_some);
  while (written.error == EAGAIN && when_full == WhenFull::wait) {
    pollfd room = {.fd = fd, .events = POLLOUT, .revents = 0};
    ::poll(&room, 1, -1);
    const Written more = write_until_done(text.substr(written.bytes), write_some);
    written = {written.bytes + more.bytes, more.error};
  }
  return written;
}

Written write_all_at(int fd, std::string_view text, std::uint64_t offset_bytes) noexcept {
  return write_until_done(text, [=](std::string_view rest, std::size_t done) {
    return ::pwrite(fd, rest.data(), rest.size(), static_cast<::off_t>(offset_bytes + done));
  });
}

void write_out(int fd, std::string& buffer, const std::string& name) {
  const Written written = write_all(fd, buffer);
  if (!written.is_all()) {
    buffer.erase(0, written.bytes);  // who tries again must not write it twice
    throw_system_error("write to " + name, written.error);
  }
  buffer.clear();
  if (buffer.capacity() > kKeptBytes) std::string().swap(buffer);
}

}  // namespace forkmap::base
