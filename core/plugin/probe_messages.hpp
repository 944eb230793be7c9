// SPDX-License-Identifier: Apache-2.0
//
// What guard and subject of a probe write into its pipe. The subject runs a stranger's code, which
// may write anything into any descriptor, so the reader believes no size and no kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::plugin {

enum class ProbeKind : std::uint32_t {
  step = 1,  // a step begins: "open", "descriptor"
  fault,     // why the plugin is refused
  warning,
  name,  // of the plugin
  version,
  has_hooks,
  function,  // name NUL signature NUL doc NUL, then '1' if once, 'v' if vectorized
  complete,  // nothing was found wrong
  left,      // exit() or the like was called; the status in decimal
  ended,     // from the guard: wait status in decimal; the last message
  timed_out  // from the guard, before `ended`
};

struct ProbeMessage {
  ProbeKind kind{};
  std::string text;
};

// False if the reader is gone.
bool send_probe_message(int fd, ProbeKind kind, std::string_view text) noexcept;

// Several messages that go at once: the reader is woken once.
class ProbeMessages {
 public:
  void add(ProbeKind kind, std::string_view text);
  bool send(int fd) const noexcept;

 private:
  std::string bytes_;
};

class ProbeMessageReader {
 public:
  // Takes what is in the pipe (non-blocking). False at its end.
  [[nodiscard]] bool take_from(int fd);
  // The next whole message. Throws std::runtime_error for bytes that are none.
  [[nodiscard]] std::optional<ProbeMessage> next();

 private:
  std::string bytes_;
};

}  // namespace forkmap::plugin
