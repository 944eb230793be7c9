// SPDX-License-Identifier: Apache-2.0
#include "host/io/write_out.hpp"

#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kKeptBytes = std::size_t{8} << 20U;

}  // namespace

void write_out(int fd, std::string& buffer, const std::string& name) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::write(fd, buffer.data() + done, buffer.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count < 0 && errno != EINTR) {
      const int why = errno;
      buffer.erase(0, done);  // who tries again must not write it twice
      base::throw_system_error("write to " + name, why);
    }
  }
  buffer.clear();
  if (buffer.capacity() > kKeptBytes) std::string().swap(buffer);
}

}  // namespace forkmap::host
