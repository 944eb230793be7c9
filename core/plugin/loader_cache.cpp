// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loader_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "core/base/unique_fd.hpp"
#include "core/plugin/file_bytes.hpp"

namespace forkmap::plugin {

namespace {

constexpr const char* kCache = "/etc/ld.so.cache";
constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
constexpr std::uint64_t kMostBytes = 64U << 20U;
constexpr std::size_t kHeaderBytes = 48;
#if defined(__x86_64__)
constexpr std::uint32_t kCacheMachine = 0x0300;
#elif defined(__aarch64__)
constexpr std::uint32_t kCacheMachine = 0x0a00;
#endif
constexpr std::uint32_t kMachineMask = 0xff00;

struct CacheEntry {
  std::uint32_t flags;
  std::uint32_t name;  // offsets from the magic
  std::uint32_t path;
  std::uint32_t os_version;
  std::uint64_t processor;
};
static_assert(sizeof(CacheEntry) == 24);

std::string read_cache() {
  const base::UniqueFd file(::open(kCache, O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto size_bytes = static_cast<std::uint64_t>(status.st_size);
  if (size_bytes > kMostBytes) return {};
  std::string bytes(size_bytes, '\0');
  try {
    FileBytes(file.get(), size_bytes).read(0, bytes.data(), size_bytes, "list of libraries");
  } catch (const std::invalid_argument&) {
    return {};
  }
  return bytes;
}

std::optional<std::string_view> text_at(std::string_view cache, std::uint32_t offset) {
  if (offset >= cache.size()) return std::nullopt;
  const std::string_view rest = cache.substr(offset);
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

}  // namespace

std::vector<std::string> cached_libraries(std::string_view name) {
  std::vector<std::string> paths;
  const std::string bytes = read_cache();
  // An older form may lie in front.
  const auto begin = bytes.find(kMagic);
  if (begin == std::string::npos) return paths;
  const std::string_view cache = std::string_view(bytes).substr(begin);
  std::uint32_t count = 0;
  if (cache.size() < kHeaderBytes) return paths;
  std::memcpy(&count, cache.data() + kMagic.size(), sizeof count);
  for (std::uint32_t number = 0; number < count; ++number) {
    const std::uint64_t at = kHeaderBytes + std::uint64_t{number} * sizeof(CacheEntry);
    if (at + sizeof(CacheEntry) > cache.size()) break;
    CacheEntry entry;
    std::memcpy(&entry, cache.data() + at, sizeof entry);
    if ((entry.flags & kMachineMask) != kCacheMachine || text_at(cache, entry.name) != name)
      continue;
    if (const auto path = text_at(cache, entry.path)) paths.emplace_back(*path);
  }
  return paths;
}

}  // namespace forkmap::plugin
