// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include <forkmap/run_environment.hpp>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

std::string echo(std::string_view text) { return std::string(text); }

std::vector<std::byte> echo_bytes(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<double> echo_array(std::span<const double> values) {
  return {values.begin(), values.end()};
}

std::string grow(std::int64_t size_bytes) {
  if (size_bytes < 0) throw std::invalid_argument("a size must not be negative");
  return std::string(static_cast<std::size_t>(size_bytes), 'x');
}

std::int64_t spin_us(std::int64_t duration_us) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(duration_us);
  while (std::chrono::steady_clock::now() < end) {
  }
  return duration_us;
}

std::int64_t sleep_ms(std::int64_t duration_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
  return duration_ms;
}

std::int64_t pid(std::int64_t) { return ::getpid(); }

std::tuple<std::uint64_t, std::uint64_t> index_and_seed(std::int64_t) {
  return {forkmap::item_index(), forkmap::item_seed()};
}

void nothing(std::int64_t) {}

}  // namespace faulty
