// SPDX-License-Identifier: Apache-2.0
//
// Round trips between two processes with nothing but the mechanism itself: what no queue can beat.
// Each gives microseconds per round trip. The other process is a child, and both share one page.
#pragma once

namespace forkmap::bench {

// Where the two run: places for pin_to().
struct Places {
  int first;
  int second;
};

// One cache line, both spin.
[[nodiscard]] double cache_line_ping_pong_us(int trips, Places places);
// A futex each way, both sleep.
[[nodiscard]] double futex_ping_pong_us(int trips, Places places);
// A futex to the child, an eventfd and poll back: what a lane does when both ends sleep.
// `pause_us`: how long the first sleeps before each trip, so that the other is asleep, too.
[[nodiscard]] double futex_eventfd_ping_pong_us(int trips, int pause_us, Places places);

}  // namespace forkmap::bench
