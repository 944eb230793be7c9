// SPDX-License-Identifier: Apache-2.0
//
// forkmap/wait.hpp: waits for several futures.
#pragma once

#include <forkmap/future.hpp>
#include <ranges>

namespace forkmap {

enum class WaitFor : std::uint8_t {
  first_done,
  first_failed,  // or all, if none fails
  all
};

namespace detail {

template <class R>
[[nodiscard]] FutureWatch watch(std::span<Future<R>> futures) {
  std::vector<FutureHandle> handles;
  handles.reserve(futures.size());
  for (const Future<R>& future : futures) handles.push_back(future.handle());
  return FutureWatch(std::move(handles));
}

// How many of them are done when that which is waited for, or the limit, has come.
std::size_t wait_for(FutureWatch watch, WaitFor until, std::chrono::nanoseconds limit);

}  // namespace detail

// Waits for that which `until` says, at most for `limit`; their pools may differ. Returns how many
// of the futures are done (done() tells which). Nothing to wait for: returns 0 at once. Throws
// PoolClosed and WrongThread.
template <class R>
std::size_t wait(std::span<Future<R>> futures, WaitFor until,
                 std::chrono::nanoseconds limit = forever) {
  return detail::wait_for(detail::watch(futures), until, limit);
}
template <class R>
std::size_t wait(std::vector<Future<R>>& futures, WaitFor until,
                 std::chrono::nanoseconds limit = forever) {
  return wait(std::span(futures), until, limit);
}

}  // namespace forkmap
