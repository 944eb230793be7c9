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

template <class T>
inline constexpr bool is_future = false;
template <class R>
inline constexpr bool is_future<Future<R>> = true;

template <class Range>
[[nodiscard]] FutureWatch watch(Range& futures) {
  std::vector<FutureHandle> handles;
  for (const auto& future : futures) handles.push_back(future.handle());
  return FutureWatch(std::move(handles));
}

// How many of them are done when that which is waited for, or the limit, has come.
std::size_t wait_for(FutureWatch watch, WaitFor until, std::chrono::nanoseconds limit);

}  // namespace detail

// Futures in an order that can be gone through more than once: vectors, arrays, spans, views, const
// or not, of one pool or several. They are not kept: a temporary will do.
template <class Range>
concept FutureRange = std::ranges::forward_range<Range> &&
                      detail::is_future<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>;

// Waits for that which `until` says, at most for `limit`; their pools may differ. Returns how many
// of the futures are done (done() tells which). Nothing to wait for: returns 0 at once. Throws
// PoolClosed and WrongThread.
template <FutureRange Range>
std::size_t wait(Range&& futures, WaitFor until, std::chrono::nanoseconds limit = forever) {
  return detail::wait_for(detail::watch(futures), until, limit);
}

}  // namespace forkmap
