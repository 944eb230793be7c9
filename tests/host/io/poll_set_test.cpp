// SPDX-License-Identifier: Apache-2.0
// Several descriptors as one.

#include "host/io/poll_set.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/catch.hpp"

using forkmap::base::UniqueFd;
using forkmap::host::PollSet;

namespace {

UniqueFd event(unsigned count) { return UniqueFd(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK)); }

bool is_readable(const PollSet& set) {
  pollfd wanted = {.fd = set.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a set is ready when one of its descriptors is, for as long as it is waited for") {
  PollSet set;
  const UniqueFd idle = event(0);
  const UniqueFd ready = event(1);
  set.add(idle.get());
  CHECK_FALSE(is_readable(set));
  set.wait_for({{ready.get(), false}, {-1, false}});
  CHECK(is_readable(set));
  set.wait_for({{-1, false}});
  CHECK_FALSE(is_readable(set));
  const UniqueFd writable = event(0);  // as an eventfd always is
  set.wait_for({{writable.get(), true}});
  CHECK(is_readable(set));
}

TEST_CASE("what is waited for as well is so until the next wait") {
  PollSet set;
  const UniqueFd ready = event(1);
  set.wait_also_for({-1, false});
  set.wait_also_for({ready.get(), false});
  set.wait_also_for({ready.get(), false});
  CHECK(is_readable(set));
  set.wait_for({});
  CHECK_FALSE(is_readable(set));
  set.wait_for({{ready.get(), false}});
  set.wait_also_for({ready.get(), false});
  CHECK(is_readable(set));
}

TEST_CASE("a descriptor that cannot be waited for counts as ready") {
  PollSet set;
  const UniqueFd idle = event(0);
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  set.wait_for({{idle.get(), false}, {file.get(), false}});
  CHECK(is_readable(set));
  set.wait_for({{idle.get(), false}});
  CHECK_FALSE(is_readable(set));
  set.wait_also_for({file.get(), false});
  CHECK(is_readable(set));
  set.wait_for({{idle.get(), false}});
  CHECK_FALSE(is_readable(set));
}
