// SPDX-License-Identifier: Apache-2.0
//
// What the rows share: settings, the registry with the bench's own plugin, and an account of the
// pools that they made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <forkmap/forkmap.hpp>

namespace forkmap::bench {

struct Settings {
  bool quick = false;
  bool peers = false;  // run programs and Python pools, too
  int rounds = 5;
  std::filesystem::path command = {};       // forkmap
  std::filesystem::path plugin = {};        // of the bench
  std::filesystem::path peer_scripts = {};  // bench/peers
  std::string python = "python3";
  std::filesystem::path scratch = {};  // files of the text rows
};

// Over pools that are gone: how many there were, wake-ups that were lost, workers that had to be
// replaced.
struct PoolAccount {
  std::uint64_t pools = 0;
  std::uint64_t rescues = 0;
  std::uint64_t respawns = 0;
};

class Context {
 public:
  explicit Context(Settings settings) : settings_(std::move(settings)) {
    registry_.load(settings_.plugin.string());
  }

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const Registry& registry() const noexcept { return registry_; }
  template <class Signature>
  [[nodiscard]] Function<Signature> function(const char* name) const {
    return registry_.function<Signature>(name);
  }
  // The full number, or the smaller one of a quick run.
  template <class Number>
  [[nodiscard]] Number pick(Number full, Number quick) const noexcept {
    return settings_.quick ? quick : full;
  }

  PoolAccount account = {};

 private:
  Settings settings_;
  Registry registry_;
};

// A pool that enters the account when it ends. Rows that disturb their pools do not use it.
class BenchPool {
 public:
  explicit BenchPool(Context& context, PoolOptions options)
      : context_(context), pool_(context.registry(), std::move(options)) {}
  ~BenchPool();
  BenchPool(const BenchPool&) = delete;
  BenchPool& operator=(const BenchPool&) = delete;

  void shutdown();

  [[nodiscard]] Pool* operator->() noexcept { return &pool_; }
  [[nodiscard]] Pool& operator*() noexcept { return pool_; }

 private:
  Context& context_;
  Pool pool_;
  bool counted_ = false;

  void count();
};

[[nodiscard]] inline std::shared_ptr<BenchPool> make_pool(Context& context, PoolOptions options) {
  return std::make_shared<BenchPool>(context, std::move(options));
}

}  // namespace forkmap::bench
