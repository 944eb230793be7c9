// SPDX-License-Identifier: Apache-2.0
#include "host/merge/part_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

PartLines::PartLines(std::string path, const VouchedBytes& written, std::string journal,
                     char terminator, std::size_t buffer_bytes)
    : path_(std::move(path)),
      written_(written),
      journal_(std::move(journal)),
      terminator_(terminator),
      buffer_(std::max<std::size_t>(1, std::min<std::uint64_t>(buffer_bytes, written.bytes))) {
  if (written.bytes == 0) return;
  fd_ = base::UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd_) base::throw_system_error("read " + path_, errno);
  // It only helps.
  (void)::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

bool PartLines::next_bytes(std::string_view& bytes) {
  if (begin_ == end_ && !read_more()) return false;
  bytes = {buffer_.data() + begin_, end_ - begin_};
  begin_ = end_;
  return true;
}

bool PartLines::next_behind_read(std::string_view& line) {
  std::size_t scanned = end_ - begin_;
  while (read_more()) {
    const char* const begin = buffer_.data() + begin_;
    const void* const end = std::memchr(begin + scanned, terminator_, end_ - begin_ - scanned);
    scanned = end_ - begin_;
    if (end == nullptr) continue;
    const auto bytes = static_cast<std::size_t>(static_cast<const char*>(end) - begin) + 1;
    line = {begin, bytes};
    begin_ += bytes;
    return true;
  }
  // A result that is not ended counts as one, and the bytes are those that were written.
  line = {buffer_.data() + begin_, end_ - begin_};
  begin_ = end_;
  return !line.empty();
}

bool PartLines::read_more() {
  const std::uint64_t left = written_.bytes - hash_.size_bytes();
  if (left == 0) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const std::size_t room = std::min<std::uint64_t>(buffer_.size() - end_, left);
  ssize_t got = 0;
  do {
    got = ::pread(fd_.get(), buffer_.data() + end_, room, static_cast<::off_t>(hash_.size_bytes()));
  } while (got < 0 && errno == EINTR);
  if (got < 0) base::throw_system_error("read " + path_, errno);
  hash_.add({buffer_.data() + end_, static_cast<std::size_t>(got)});
  end_ += static_cast<std::size_t>(got);
  const bool is_all = hash_.size_bytes() == written_.bytes;
  if (got == 0 || (is_all && hash_.value() != written_.hash)) {
    throw UsageError(path_ + " has other bytes than were written by " + journal_ +
                     "; make the part anew with --overwrite");
  }
  return true;
}

}  // namespace forkmap::host
