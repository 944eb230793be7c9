// SPDX-License-Identifier: Apache-2.0
//
// The set of the descriptors that forkmap has opened for itself in this process. Descriptors belong
// to a process and not to an object, so the set does, too. UniqueFd is the one class that enters
// descriptors and closes them; every call in core and host that makes a descriptor hands it to a
// UniqueFd at once (a rule of tests/structure).
//
// A process that is forked to run foreign code closes the set, less the few that it needs, before
// that code runs: a function that closes a descriptor twice, or writes to a wrong number, then
// meets none of the host's files. What the program, its user, constructors and preload hooks have
// opened is not in the set and stays open.
//
//  D1 No call takes a lock, allocates or throws, so each may be made by any thread, and in a child
//     that was forked while another thread was in here.
//  D2 A descriptor leaves the set before it is closed: its number may be another thread's at once.
//     A child that is forked in between, or between a descriptor's opening and its entry, inherits
//     it; that takes a second thread.
//  D3 What a child has closed by close_own_descriptors_but() is not in its set: the UniqueFds that
//     it has inherited close nothing there.
#pragma once

#include <span>

namespace forkmap::base {

// Enters an open descriptor and returns it. A negative number is returned as it is, with errno as
// it was. One that is too high for the set is closed: -1, errno EMFILE.
[[nodiscard]] int enter_own_descriptor(int fd) noexcept;

// Takes a descriptor out of the set: it is somebody else's now. False if it was not there.
bool give_up_own_descriptor(int fd) noexcept;

// Closes a descriptor of the set; one that is not there is left alone.
void close_own_descriptor(int fd) noexcept;

// Closes the whole set but for `kept` and `kept_too`, in which negative numbers do not count.
void close_own_descriptors_but(std::span<const int> kept,
                               std::span<const int> kept_too = {}) noexcept;

}  // namespace forkmap::base
