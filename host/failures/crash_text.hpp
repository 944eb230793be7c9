// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/crash_report.hpp>
#include <string>
#include <string_view>

namespace forkmap::host {

// What the command knows of the item.
struct CrashedItem {
  std::uint64_t number = 0;    // of the (first) item, from 1
  std::string_view text = {};  // of it, with columns as they stand in the input
  std::string_view replay = {};
  std::string node = {};  // where its worker was; empty: on this machine
};

// The content of a crash file: a line for each thing that is known, its name in front.
[[nodiscard]] std::string crash_text(const CrashReport& report, const CrashedItem& item,
                                     std::chrono::system_clock::time_point now);

}  // namespace forkmap::host
