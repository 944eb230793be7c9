// SPDX-License-Identifier: Apache-2.0
//
// What the system says of a file, from which it follows that nobody has changed it: the short way,
// where the long one is to hash what is in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::host {

struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Of a regular file, else nothing.
[[nodiscard]] std::optional<FileStamp> stamp_of(int fd);

// The same, but nothing if the file was changed so lately that another change may bear the same
// time: clocks of file systems are coarse.
[[nodiscard]] std::optional<FileStamp> settled_stamp_of(int fd);

// Of a file of ours that was written until now: gives it a time to the nanosecond, which no later
// change has. Nothing if that is not allowed.
[[nodiscard]] std::optional<FileStamp> stamp_now(int fd);

[[nodiscard]] std::string to_text(const FileStamp& stamp);
[[nodiscard]] std::optional<FileStamp> stamp_from_text(std::string_view text);

}  // namespace forkmap::host
