// SPDX-License-Identifier: Apache-2.0
#include "core/pool/asked_memory.hpp"

#include <cstdint>
#include <new>

#include "core/shm/mapping.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::pool {

types::AskedMemory shared_asked_memory(std::size_t count) {
  if (count == 0) return {};
  const std::uint64_t size_bytes =
      shm::round_up_to_page(sizeof(types::AskedNames) + count * sizeof(types::AskedMark));
  const auto memory = std::make_shared<const shm::Mapping>(
      shm::create_memfd("forkmap parameters", size_bytes).get(), shm::Access::read_write,
      size_bytes, shm::AtFork::inherit);
  auto* const names = new (memory->data()) types::AskedNames;
  auto* const marks = reinterpret_cast<types::AskedMark*>(memory->data() + sizeof *names);
  for (std::size_t at = 0; at < count; ++at) new (marks + at) types::AskedMark(0);
  return {{memory, marks}, {memory, names}};
}

}  // namespace forkmap::pool
