// SPDX-License-Identifier: Apache-2.0
//
// What the demo says, and whether everything that it claims was so.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace forkmap::host {

class DemoStage {
 public:
  // A numbered heading.
  void scene(std::string_view title);
  // One line on standard output, at once, so that it stands in order with what workers print.
  void say(std::string_view line);
  // Says nothing if it holds; else says so, and the demo has failed.
  void require(bool holds, std::string_view claim);

  [[nodiscard]] bool all_held() const noexcept { return failures_ == 0; }
  [[nodiscard]] int failures() const noexcept { return failures_; }

 private:
  int scenes_ = 0;
  int failures_ = 0;
};

// "[1, 4, 9]"
[[nodiscard]] std::string list_text(std::span<const std::int64_t> values);

}  // namespace forkmap::host
