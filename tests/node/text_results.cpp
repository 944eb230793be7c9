// SPDX-License-Identifier: Apache-2.0
#include "tests/node/text_results.hpp"

#include "core/node/result_image.hpp"
#include "core/types/signature.hpp"

namespace forkmap::testing {

namespace {

// As an agent's engine has them.
std::vector<std::byte> image_of_texts(const std::vector<std::optional<std::string>>& results) {
  const std::vector<types::Type> types = types::parse_signature("(str) -> str").results;
  std::vector<unsigned char> status;
  std::vector<std::uint64_t> ends{0};
  std::string bytes;
  for (const auto& result : results) {
    status.push_back(result ? FORKMAP_STATUS_VALUE : FORKMAP_STATUS_FUNCTION_ERROR);
    bytes += result.value_or("what is told of a failure");
    ends.push_back(bytes.size());
  }
  forkmap_column column{};
  column.type = types[0].code;
  column.starts = ends.data();
  column.ends = ends.data() + 1;
  column.bytes = reinterpret_cast<const unsigned char*>(bytes.data());
  ResultBatch batch;
  batch.count = static_cast<std::uint32_t>(results.size());
  batch.status = status.data();
  batch.columns = {column};
  return node::image_of(batch, types, 0, batch.count);
}

}  // namespace

void put_results(const std::vector<std::optional<std::string>>& results, bool as_columns,
                 node::BlockPart& part) {
  for (const auto& result : results) {
    part.status.push_back(result ? 1 : 0);
    if (as_columns) continue;
    if (result) part.text += *result + "\n";
    part.ends.push_back(part.text.size());
  }
  if (as_columns) part.columns = image_of_texts(results);
}

}  // namespace forkmap::testing
