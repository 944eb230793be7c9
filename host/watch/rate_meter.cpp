// SPDX-License-Identifier: Apache-2.0
#include "host/watch/rate_meter.hpp"

#include <algorithm>

namespace forkmap::host {

void RateMeter::note(std::uint64_t count, Clock::time_point now) {
  if (now - samples_.back().time < kInterval) return;
  samples_.push_back({now, count});
  while (samples_.size() > 1 && now - samples_[1].time >= kWindow) samples_.pop_front();
}

double RateMeter::rate(std::uint64_t count, Clock::time_point now) const {
  const auto is_old = [now](const Sample& sample) { return now - sample.time >= kWindow; };
  const auto newest_old = std::find_if(samples_.rbegin(), samples_.rend(), is_old);
  const Sample& from = newest_old == samples_.rend() ? samples_.front() : *newest_old;
  const double seconds = std::chrono::duration<double>(now - from.time).count();
  if (seconds <= 0 || count < from.count) return 0;
  return static_cast<double>(count - from.count) / seconds;
}

}  // namespace forkmap::host
