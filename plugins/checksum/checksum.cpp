// SPDX-License-Identifier: Apache-2.0
//
// checksum: a library function wrapped in three lines.
// [plugin]
#include <zlib.h>

#include <forkmap/plugin.hpp>

static std::uint32_t crc32_of(std::span<const std::byte> data) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

FORKMAP_PLUGIN("checksum", "1.0",
               forkmap::function<crc32_of>("crc32", "Return the CRC-32 of the bytes."))
// [plugin end]
