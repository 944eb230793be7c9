// SPDX-License-Identifier: Apache-2.0
//
// forkmap/run_environment.hpp: what a function or hook may ask about the run it is part of.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace forkmap {

namespace detail {

// The chunk or hook that this shared object is running now. Hidden, so every plugin has its own.
// It is no thread-local: threads that a function starts may ask, too.
struct [[gnu::visibility("hidden")]] RunEnvironment {
  const forkmap_table* table = nullptr;
  const void* host = nullptr;
  forkmap_chunk* chunk = nullptr;  // null in a hook
};
[[gnu::visibility("hidden")]] inline constinit RunEnvironment current_environment{};

// Sets the current environment, and puts the former one back (a function may call another's map).
class [[gnu::visibility("hidden")]] EnvironmentScope {
 public:
  explicit EnvironmentScope(const RunEnvironment& environment) noexcept
      : former_(current_environment) {
    current_environment = environment;
  }
  EnvironmentScope(const EnvironmentScope&) = delete;
  EnvironmentScope& operator=(const EnvironmentScope&) = delete;
  ~EnvironmentScope() { current_environment = former_; }

 private:
  RunEnvironment former_;
};

// The item that runs now, as a call of the C interface. Throws std::logic_error outside of
// functions.
[[nodiscard]] inline forkmap_call current_call() {
  const RunEnvironment& now = current_environment;
  if (now.chunk == nullptr) {
    throw std::logic_error("forkmap: item_index() and item_seed() belong in map functions only");
  }
  // Relaxed: the thread that runs the item has written this word itself.
  const std::uint64_t word = __atomic_load_n(now.chunk->progress, __ATOMIC_RELAXED);
  return {now.table, now.chunk, word & 0xffff'ffffU, 0, 0};
}

}  // namespace detail

// A parameter of the pool (`--param name=value`, PoolOptions::parameters), in functions and hooks;
// nothing if it was not given, or outside of both. The text lives as long as the process.
[[nodiscard]] inline std::optional<std::string_view> parameter(std::string_view name) {
  const detail::RunEnvironment& now = detail::current_environment;
  if (now.table == nullptr) return std::nullopt;
  std::uint64_t size_bytes = 0;
  const char* const value = now.table->parameter(now.host, name.data(), name.size(), &size_bytes);
  if (value == nullptr) return std::nullopt;
  return std::string_view(value, size_bytes);
}

// Whether this process is a worker, or was forked from one: what runs at the end of a process runs
// in the host, too.
[[nodiscard]] inline bool in_worker() noexcept { return ::forkmap_in_worker() != 0; }

// Index of the present item in the whole input, from 0, whatever the chunks, shards and retries.
// In a vectorized function `place` says which item of the call.
[[nodiscard]] inline std::uint64_t item_index(std::uint64_t place = 0) {
  forkmap_call call = detail::current_call();
  call.item += place;
  return forkmap_item_index(&call);
}

// splitmix64(run seed ^ splitmix64(item index)): the same for any number of workers, chunk size and
// retry. Seed a generator with it, inside the function.
[[nodiscard]] inline std::uint64_t item_seed(std::uint64_t place = 0) {
  forkmap_call call = detail::current_call();
  call.item += place;
  return forkmap_item_seed(&call);
}

}  // namespace forkmap
