// SPDX-License-Identifier: Apache-2.0
//
// Where the status socket of a run is: an abstract address of the machine's Unix sockets, which has
// no file that could be left behind and needs no folder: "forkmap/<uid>/<pid>", or that with
// "/<random>" behind it where somebody else has taken the name. Anybody may take such names and
// connect to them, so who is at the other end is asked of the kernel, on both sides.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

struct StatusName {
  uid_t uid = 0;
  pid_t pid = 0;
  std::string text;
};

// A socket of this process that listens, close on exec, which does not block. Throws SystemError.
[[nodiscard]] base::UniqueFd listen_for_status();

// The names that somebody listens at, in the order of their pids. Throws SystemError without
// /proc/net/unix.
[[nodiscard]] std::vector<StatusName> status_names();

// A connection that does not block, or none if nobody listens there, if it is another process or
// user than the name says, or if its queue is full.
[[nodiscard]] base::UniqueFd connect_to_status(const StatusName& name);

// Whether the process at the other end is this user's, or root's.
[[nodiscard]] bool is_peer_trusted(int socket);

}  // namespace forkmap::host
