// SPDX-License-Identifier: Apache-2.0
//
// Which file a name or a descriptor means, as far as that can be compared before anything is
// opened.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace forkmap::host {

struct FilePlace {
  enum class Kind : std::uint8_t {
    content,      // a regular file or a block device: who writes it changes what others read
    stream,       // a FIFO or a socket
    missing,      // not there yet: it is known by its folder and its name
    incomparable  // character devices, folders, and what cannot be looked at
  };
  Kind kind = Kind::incomparable;
  dev_t device = 0;
  ino_t inode = 0;                     // of the folder, if it is missing
  std::string name = {};               // only if it is missing
  std::optional<int> descriptor = {};  // whose open description is meant, with its position

  [[nodiscard]] bool is_same_as(const FilePlace& other) const;
};

// Symbolic links are followed, also those that lead to nothing.
[[nodiscard]] FilePlace place_of(const std::string& path);
[[nodiscard]] FilePlace place_of_descriptor(int fd);

// The number if the name means a descriptor of this process: /dev/stdout, /dev/fd/3,
// /proc/self/fd/3 and links to such names.
[[nodiscard]] std::optional<int> descriptor_named(const std::string& path);

// Whether what is written through one of the two descriptors moves the position of the other, or
// both append: then nothing is overwritten.
[[nodiscard]] bool share_position(int left, int right);

}  // namespace forkmap::host
