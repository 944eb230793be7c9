// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "host/watch/address.hpp"
#include "host/watch/protocol.hpp"

namespace forkmap::host {

// A connection to the status socket of one run. Nothing here blocks but ask().
class StatusClient {
 public:
  // Not connected if the run is not there, is not the one that the name says, or has no room.
  explicit StatusClient(const StatusName& name) : fd_(connect_to_status(name)) {}

  [[nodiscard]] bool is_connected() const noexcept { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // A request, with its end. Not connected afterwards if the run is gone.
  void send(const std::string& request);
  // The next answer, without its end, if a whole one has come. Not connected afterwards if the run
  // has closed the connection.
  [[nodiscard]] std::optional<std::string> receive();
  // Both; nothing if no answer comes in time.
  [[nodiscard]] std::optional<std::string> ask(const std::string& request,
                                               std::chrono::milliseconds patience);

 private:
  base::UniqueFd fd_;
  std::string received_;
};

// The runs that the one who asks may look at: those of this user; with `pid`, that one only, and
// for root whoever's it is.
[[nodiscard]] std::vector<StatusName> visible_runs(std::optional<pid_t> pid);

// Whether a process without a status socket may still open one.
enum class Prospect : std::uint8_t {
  none,     // it is gone, or a run that has none
  unknown,  // something else, which may only just have been forked
  starting  // a run whose workers are not there yet
};
[[nodiscard]] Prospect prospect_of(pid_t pid);

// Whether the process is stopped (Ctrl-Z).
[[nodiscard]] bool is_stopped(pid_t pid);

}  // namespace forkmap::host
