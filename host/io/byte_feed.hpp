// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a file or stream, in stretches that stay where they are as long as somebody holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/io/file_stamp.hpp"

namespace forkmap::host {

// A stretch of input. Those who keep views into it keep `owner`.
struct Stretch {
  std::shared_ptr<const void> owner;
  const char* begin = nullptr;
  const char* end = nullptr;
};

class ByteFeed {
 public:
  enum class Read : std::uint8_t {
    bytes,    // the stretch has more than before
    nothing,  // not now: wait until awaited_fd() is readable
    end       // no more
  };
  ByteFeed() = default;
  ByteFeed(const ByteFeed&) = delete;
  ByteFeed& operator=(const ByteFeed&) = delete;
  virtual ~ByteFeed() = default;

  // With `bytes`: gives a stretch that begins with the bytes of [kept, stretch.end) and has more
  // behind them. Otherwise `stretch` stays, or those bytes alone have moved to another owner. Never
  // blocks. Throws SystemError.
  virtual Read read(Stretch& stretch, const char* kept) = 0;
  // Bytes before `place`, in the stretch given last, are hardly needed any more: their memory may
  // go, and comes back if they are read all the same.
  virtual void forget_before(const char* place) noexcept { static_cast<void>(place); }
  [[nodiscard]] virtual int awaited_fd() const noexcept { return -1; }
  // All its bytes, if they are at hand.
  [[nodiscard]] virtual std::optional<std::string_view> whole() const { return std::nullopt; }
  // Where whole() has all bytes of a file: what the system says of it, and has said since it was
  // opened.
  [[nodiscard]] virtual std::optional<FileStamp> file() const { return std::nullopt; }
  // Of all its bytes, if that is known.
  [[nodiscard]] virtual std::optional<std::uint64_t> size_bytes() const { return std::nullopt; }
};

// `name` is a file, or "" or "-" for standard input. A regular file is mapped, if that can be; its
// size is what it is now. Throws UsageError.
[[nodiscard]] std::unique_ptr<ByteFeed> open_feed(const std::string& name);

}  // namespace forkmap::host
