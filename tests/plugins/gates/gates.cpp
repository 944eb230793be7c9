// SPDX-License-Identifier: Apache-2.0
//
// gates: functions that wait for the test, not for a time, and workers that do not come up again.
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

std::string text_of(std::string_view name) {
  const auto value = forkmap::parameter(name);
  if (!value) throw std::runtime_error("the parameter " + std::string(name) + " is missing");
  return std::string(*value);
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// At the item of parameter `at`, and behind it: until there is the file of parameter `gate`.
std::int64_t wait_at(std::int64_t x) {
  if (x < std::stoll(text_of("at"))) return x;
  const std::string gate = text_of("gate");
  while (!is_there(gate)) ::usleep(1000);
  return x;
}

// Each item has a gate of its own: the file of parameter `gate` with the item behind a dot.
std::int64_t wait_each(std::int64_t x) {
  const std::string gate = text_of("gate") + "." + std::to_string(x);
  while (!is_there(gate)) ::usleep(1000);
  return x;
}

// At the item of parameter `at`: makes the file of parameter `gate`, and dies.
std::int64_t break_at(std::int64_t x) {
  if (x != std::stoll(text_of("at"))) return x;
  std::ofstream(text_of("gate")) << "closed\n";
  ::kill(::getpid(), SIGKILL);
  return x;
}

// No worker comes up where there is the file of parameter `closed`, or before there is that of
// `begin`.
void start() {
  const auto begin = forkmap::parameter("begin");
  while (begin && !is_there(std::string(*begin))) ::usleep(1000);
  const auto closed = forkmap::parameter("closed");
  if (closed && is_there(std::string(*closed))) throw std::runtime_error("the gate is closed");
}

}  // namespace

FORKMAP_PLUGIN("gates", "1.0",
               forkmap::function<wait_at>("wait_at", "Wait at an item until a file is there."),
               forkmap::function<wait_each>("wait_each", "Wait for the item's own file."),
               forkmap::function<break_at>("break_at", "Make a file at an item, and die."),
               forkmap::start<start>())
