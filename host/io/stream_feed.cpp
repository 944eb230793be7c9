// SPDX-License-Identifier: Apache-2.0
#include "host/io/stream_feed.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

class StreamFeed : public ByteFeed {
 public:
  StreamFeed(base::UniqueFd fd, std::string shown) : fd_(std::move(fd)), shown_(std::move(shown)) {}

  Read read(Stretch& stretch, const char* kept) override {
    const std::size_t kept_bytes = static_cast<std::size_t>(stretch.end - kept);
    const bool is_too_large = static_cast<std::size_t>(buffer_end_ - buffer_.get()) > kBufferBytes;
    if (buffer_end_ == fill_ || (is_too_large && kept_bytes <= kBufferBytes / 2)) {
      move_to_new_buffer(kept, kept_bytes);
      stretch = {buffer_, buffer_.get(), fill_};
    }
    if (!is_readable()) return Read::nothing;
    const ssize_t got = ::read(fd_.get(), fill_, static_cast<std::size_t>(buffer_end_ - fill_));
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return Read::nothing;
      base::throw_system_error("read " + shown_, errno);
    }
    if (got == 0) return Read::end;
    fill_ += got;
    stretch = {buffer_, fill_ - got - kept_bytes, fill_};
    return Read::bytes;
  }

  [[nodiscard]] int awaited_fd() const noexcept override { return fd_.get(); }

 private:
  [[nodiscard]] bool is_readable() const {
    pollfd wanted = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&wanted, 1, 0) > 0;
  }

  // A line that goes on over the end of a buffer goes on in a larger one, which is given up when
  // the line has been passed.
  void move_to_new_buffer(const char* kept, std::size_t kept_bytes) {
    const std::size_t size_bytes = std::max(kBufferBytes, 2 * kept_bytes);
    std::shared_ptr<char[]> next(new char[size_bytes]);
    if (kept_bytes > 0) std::memcpy(next.get(), kept, kept_bytes);
    fill_ = next.get() + kept_bytes;
    buffer_end_ = next.get() + size_bytes;
    buffer_ = std::move(next);
  }

  base::UniqueFd fd_;
  std::string shown_;
  std::shared_ptr<char[]> buffer_;
  char* fill_ = nullptr;
  char* buffer_end_ = nullptr;
};

}  // namespace

std::unique_ptr<ByteFeed> stream_from(base::UniqueFd fd, const std::string& shown) {
  return std::make_unique<StreamFeed>(std::move(fd), shown);
}

}  // namespace forkmap::host
