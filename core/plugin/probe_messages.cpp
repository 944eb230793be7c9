// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/probe_messages.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/base/write_all.hpp"

namespace forkmap::plugin {

namespace {

struct Header {
  std::uint32_t kind;
  std::uint32_t size_bytes;
};

constexpr std::uint32_t kMaxMessageBytes = 1U << 16;
constexpr std::size_t kMaxWaitingBytes = 1U << 22;

}  // namespace

bool send_probe_message(int fd, ProbeKind kind, std::string_view text) noexcept {
  text = text.substr(0, kMaxMessageBytes);
  const Header header{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(text.size())};
  char buffer[sizeof header + kMaxMessageBytes];
  std::memcpy(buffer, &header, sizeof header);
  if (!text.empty()) std::memcpy(buffer + sizeof header, text.data(), text.size());
  return base::write_all(fd, {buffer, sizeof header + text.size()}).is_all();
}

void ProbeMessages::add(ProbeKind kind, std::string_view text) {
  text = text.substr(0, kMaxMessageBytes);
  const Header header{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(text.size())};
  char bytes[sizeof header];
  std::memcpy(bytes, &header, sizeof header);
  bytes_.append(bytes, sizeof header).append(text);
}

bool ProbeMessages::send(int fd) const noexcept { return base::write_all(fd, bytes_).is_all(); }

bool ProbeMessageReader::take_from(int fd) {
  char buffer[4096];
  while (bytes_.size() < kMaxWaitingBytes) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    bytes_.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

std::optional<ProbeMessage> ProbeMessageReader::next() {
  Header header{};
  if (bytes_.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes_.data(), sizeof header);
  if (header.kind < static_cast<std::uint32_t>(ProbeKind::step) ||
      header.kind > static_cast<std::uint32_t>(ProbeKind::timed_out) ||
      header.size_bytes > kMaxMessageBytes) {
    throw std::runtime_error("it wrote into a descriptor that is not its own");
  }
  if (bytes_.size() - sizeof header < header.size_bytes) return std::nullopt;
  ProbeMessage message{static_cast<ProbeKind>(header.kind),
                       bytes_.substr(sizeof header, header.size_bytes)};
  bytes_.erase(0, sizeof header + header.size_bytes);
  return message;
}

}  // namespace forkmap::plugin
