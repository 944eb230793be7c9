// SPDX-License-Identifier: Apache-2.0
#include "host/io/file_content.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/io/stream_hash.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

// An open of a pipe does not wait.
base::UniqueFd opened(const std::string& path) {
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// Gives all bytes of a file, part by part; its end gives 0, otherwise the number of an error.
template <class Take>
int read_all(int fd, const Take& take) {
  std::string buffer(kReadBytes, '\0');
  for (::off_t at = 0;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    take(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    at += got;
  }
}

}  // namespace

std::string content_of(const std::string& path) {
  const base::UniqueFd file = opened(path);
  if (!file) return "unknown: " + base::error_text(errno);
  StreamHash hash;
  const int error = read_all(file.get(), [&hash](std::string_view bytes) { hash.add(bytes); });
  if (error != 0) return "unknown: " + base::error_text(error);
  return std::to_string(hash.size_bytes()) + " bytes, hash " + to_text(hash.value());
}

std::string bytes_of(const std::string& path) {
  const base::UniqueFd file = opened(path);
  if (!file) base::throw_system_error("open " + path, errno);
  std::string all;
  const int error = read_all(file.get(), [&all](std::string_view bytes) { all += bytes; });
  if (error != 0) base::throw_system_error("read " + path, error);
  return all;
}

}  // namespace forkmap::host
