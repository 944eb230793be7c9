// SPDX-License-Identifier: Apache-2.0
#include "host/demo/stage.hpp"

#include <cstdio>

namespace forkmap::host {

void DemoStage::scene(std::string_view title) {
  say("");
  say("== " + std::to_string(++scenes_) + ". " + std::string(title));
}

void DemoStage::say(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void DemoStage::require(bool holds, std::string_view claim) {
  if (holds) return;
  ++failures_;
  say("DOES NOT HOLD: " + std::string(claim));
}

std::string list_text(std::span<const std::int64_t> values) {
  std::string text;
  for (const std::int64_t value : values) {
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  }
  return "[" + text + "]";
}

}  // namespace forkmap::host
