// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_actions.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

namespace {

// "SigIgn:\t0000000000001000": the lowest bit is signal 1.
std::optional<std::uint64_t> set_after(std::string_view text, std::string_view name) noexcept {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  constexpr int kHexadecimal = 16;
  std::uint64_t bits = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), bits, kHexadecimal);
  return error == std::errc{} ? std::optional(bits) : std::nullopt;
}

}  // namespace

SignalSet signals_with_actions() noexcept {
  const UniqueFd file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  if (!file) return kAllSignals;
  std::array<char, 4096> buffer;
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size <= 0) return kAllSignals;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  const auto ignored = set_after(text, "\nSigIgn:\t");
  const auto caught = set_after(text, "\nSigCgt:\t");
  return ignored && caught ? SignalSet(*ignored | *caught) : kAllSignals;
}

}  // namespace forkmap::base
