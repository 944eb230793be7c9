// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/merge/parts.hpp"
#include "tests/kit/temporary.hpp"

namespace forkmap::host {

[[nodiscard]] inline VouchedBytes vouched(std::string_view bytes) {
  StreamHash hash;
  hash.add(bytes);
  return {hash.size_bytes(), hash.value(), {}};
}

// A finished shard of so many items, with its files in the folder.
[[nodiscard]] inline Part made_up_part(const tests::TemporaryFolder& folder, const Shard& shard,
                                       std::uint64_t items, std::string_view results,
                                       std::string_view failures = {}) {
  Part part;
  part.path = folder.file("part." + std::to_string(shard.index), results);
  (void)folder.file("part." + std::to_string(shard.index) + ".failures", failures);
  part.shard = shard;
  if (items > 0) part.last.settled.add(0, items);
  part.last.output = vouched(results);
  part.last.failure_file = vouched(failures);
  for (const char c : failures) part.last.failures += c == '\n' ? 1 : 0;
  part.last.finished = true;
  return part;
}

}  // namespace forkmap::host
