// SPDX-License-Identifier: Apache-2.0
#include "core/process/close_descriptors.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <memory>
#include <string_view>
#include <system_error>

#include "core/base/system_error.hpp"

namespace forkmap::process {

namespace {

// For a kernel before 5.9, which cannot close a range at once.
void close_one_by_one(const std::vector<int>& kept) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) base::throw_system_error("list the descriptors of a zygote", errno);
  std::vector<int> found;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name(entry->d_name);
    int fd = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (error == std::errc{} && fd != ::dirfd(folder.get())) found.push_back(fd);
  }
  for (const int fd : found) {
    if (!std::ranges::binary_search(kept, fd)) ::close(fd);
  }
}

}  // namespace

void close_all_but(std::vector<int> kept) {
  kept.insert(kept.end(), {0, 1, 2});
  std::ranges::sort(kept);
  unsigned int first = 0;
  const auto close_before = [&first](unsigned int end) {
    const bool is_done = end <= first || ::close_range(first, end - 1, 0) == 0;
    first = end + 1;
    return is_done;
  };
  bool is_done = true;
  for (const int fd : kept) {
    if (fd >= 0) is_done = is_done && close_before(static_cast<unsigned int>(fd));
  }
  is_done = is_done && close_before(UINT_MAX);
  if (!is_done) close_one_by_one(kept);
}

}  // namespace forkmap::process
