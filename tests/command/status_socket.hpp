// SPDX-License-Identifier: Apache-2.0
//
// Status sockets of runs as the kernel and a client see them.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::cli {

inline constexpr std::string_view kAskStatus = "{\"forkmap_status\":1,\"request\":\"status\"}\n";

// "forkmap/<uid>/<pid>", of this user.
[[nodiscard]] std::string status_name_of(pid_t host);
// The inodes of all sockets of that name, whatever state they are in.
[[nodiscard]] std::vector<std::string> socket_inodes(const std::string& name);
// Whether a process has one of them among its descriptors.
[[nodiscard]] bool holds_socket(pid_t pid, const std::vector<std::string>& inodes);
// Until the run has its socket; false if it ends before.
[[nodiscard]] bool wait_for_status_socket(pid_t host);

// A socket of this test that listens at an abstract name.
[[nodiscard]] base::UniqueFd listen_at(const std::string& name);
// A connection; none if nobody listens.
[[nodiscard]] base::UniqueFd connect_at(const std::string& name);
// Sends as much as is taken without waiting; false if the other end is gone.
bool send_some(int fd, std::string_view text);
// Up to the first newline, or the end of the stream.
[[nodiscard]] std::string read_line(int fd);
// What the run says to one request on a connection of its own.
[[nodiscard]] std::string ask(pid_t host, std::string_view request = kAskStatus);
// The same, of a request for its status.
[[nodiscard]] nlohmann::json status_of(pid_t host);
// Until these items run, by their numbers. False if that never comes, or if the run ends before.
[[nodiscard]] bool wait_until_runs(pid_t host, const std::vector<std::uint64_t>& items);
// Until no more items are started, and those that had not begun are taken back; or until the run
// has ended.
void wait_until_ending(pid_t host);
// Until nothing moves any more: two looks see the same items, and no worker with one. False if that
// never comes, or if the run ends before.
[[nodiscard]] bool wait_until_idle(pid_t host);
// The numbers of the items that run, in order.
[[nodiscard]] std::vector<std::uint64_t> running_items(const nlohmann::json& status);

}  // namespace forkmap::cli
