// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "host/io/file_stamp.hpp"
#include "host/io/stream_hash.hpp"

namespace forkmap::host {

// The first bytes of a file that a run writes.
struct VouchedBytes {
  std::uint64_t bytes = 0;
  Hash128 hash = {};
  std::optional<FileStamp> file = {};  // the file, if these bytes are all
  friend bool operator==(const VouchedBytes&, const VouchedBytes&) = default;
};

}  // namespace forkmap::host
