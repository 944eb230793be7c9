// SPDX-License-Identifier: Apache-2.0
#include "host/report/run_record.hpp"

namespace forkmap::host {

std::string_view name_of(Wait wait) noexcept {
  switch (wait) {
    case Wait::input:
      return "input";
    case Wait::results:
      return "results";
    case Wait::output:
      return "output";
    case Wait::no_worker:
      return "no worker";
    case Wait::paused:
      return "paused";
  }
  return "";
}

std::uint64_t RunRecord::failed() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [kind, facts] : failures) sum += facts.count;
  return sum - cancelled();
}

std::uint64_t RunRecord::cancelled() const noexcept {
  std::uint64_t sum = 0;
  for (const ErrorKind kind : {ErrorKind::cancelled, ErrorKind::not_run}) {
    const auto place = failures.find(kind);
    if (place != failures.end()) sum += place->second.count;
  }
  return sum;
}

double RunRecord::items_per_s() const noexcept {
  if (wall.count() <= 0) return 0;
  return static_cast<double>(items - cancelled()) / static_cast<double>(wall.count()) * 1e9;
}

RunTime RunRecord::busy() const noexcept {
  RunTime sum{};
  for (const auto& [number, worker] : workers) sum += worker.busy;
  return sum;
}

}  // namespace forkmap::host
