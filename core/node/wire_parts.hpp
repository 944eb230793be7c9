// SPDX-License-Identifier: Apache-2.0
//
// What several messages have in them.
#pragma once

#include <chrono>
#include <forkmap/outcome.hpp>
#include <string>
#include <vector>

#include "core/node/wire.hpp"

namespace forkmap::node {

template <class Duration>
void put_time(WireWriter& out, Duration time) {
  out.put(std::int64_t{time.count()});
}

template <class Duration>
void get_time(WireReader& in, Duration& time) {
  std::int64_t count = 0;
  in.get(count);
  if (count < 0) in.fail("a negative time");
  time = Duration(count);
}

// What a clock shows, in nanoseconds since it began. Two of them can be added, or subtracted.
inline constexpr std::uint64_t kMostClockNs = std::uint64_t{1} << 61U;
void get_clock(WireReader& in, std::uint64_t& time_ns);

// A number that is not below 0.
inline void get_natural(WireReader& in, int& value) {
  in.get(value);
  if (value < 0) in.fail("a negative number");
}

void put_usage(WireWriter& out, const ProcessUsage& usage);
void get_usage(WireReader& in, ProcessUsage& usage);

void put_texts(WireWriter& out, const std::vector<std::string>& texts);
void get_texts(WireReader& in, std::vector<std::string>& texts);

// Of a worker, from 0.
void get_worker(WireReader& in, int& number);

}  // namespace forkmap::node
