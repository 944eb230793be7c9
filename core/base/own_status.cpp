// SPDX-License-Identifier: Apache-2.0
#include "core/base/own_status.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

OwnStatus::OwnStatus() noexcept {
  const UniqueFd file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  if (!file) return;
  const ssize_t size = ::read(file.get(), text_.data(), text_.size());
  size_bytes_ = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
}

std::optional<std::uint64_t> OwnStatus::number(std::string_view name, int base) const noexcept {
  std::string_view left(text_.data(), size_bytes_);
  for (;;) {
    constexpr std::string_view behind = ":\t";
    if (left.starts_with(name) && left.substr(name.size()).starts_with(behind)) {
      left.remove_prefix(name.size() + behind.size());
      std::uint64_t number = 0;
      const auto read = std::from_chars(left.data(), left.data() + left.size(), number, base);
      // Where the text was cut, the number may be, too.
      const bool is_whole = read.ptr != left.data() + left.size() && *read.ptr == '\n';
      return read.ec == std::errc{} && is_whole ? std::optional(number) : std::nullopt;
    }
    const std::size_t end = left.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    left.remove_prefix(end + 1);
  }
}

}  // namespace forkmap::base
