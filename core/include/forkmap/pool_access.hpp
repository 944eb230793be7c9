// SPDX-License-Identifier: Apache-2.0
//
// forkmap/pool_access.hpp: how the templates of the typed pool talk to the engine, without types.
// Not for programs: use <forkmap/pool.hpp>.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forkmap/function.hpp>
#include <forkmap/item_source.hpp>
#include <forkmap/options.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace forkmap {

namespace pool {
class Map;
}  // namespace pool

// A time limit that never comes.
inline constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

namespace detail {

// Part of what a pool shares with everything that it gave out. `open` turns false with the pool.
struct PoolGate {
  bool open = true;
};
inline constexpr PoolGate kClosedGate{false};

// The engine of a pool, its futures and its open maps. Lives as long as the last thing that the
// pool gave out; the engine goes with the pool.
class PoolState;

// What to open a map with; see pool::MapRequest.
struct MapCall {
  const FunctionHandle& function;
  std::unique_ptr<ItemSource> source = {};
  MapOptions options = {};
  std::vector<std::uint64_t> arena_columns = {};  // not empty: no source, the arrays themselves
  std::uint64_t arena_items = 0;
};

// One open map; whoever owns the handle reads it. Cancels the map when it goes.
class MapHandle {
 public:
  MapHandle(std::shared_ptr<PoolState> pool, const PoolGate& gate,
            std::shared_ptr<pool::Map> map) noexcept
      : pool_(std::move(pool)), gate_(&gate), map_(std::move(map)) {}
  MapHandle(MapHandle&& other) noexcept
      : pool_(std::move(other.pool_)),
        gate_(std::exchange(other.gate_, &kClosedGate)),
        map_(std::move(other.map_)) {}
  MapHandle& operator=(MapHandle&& other) noexcept;
  MapHandle(const MapHandle&) = delete;
  MapHandle& operator=(const MapHandle&) = delete;
  ~MapHandle() { cancel(); }

  // Waits for the next batch; false at the end, and if the map was cancelled. Rethrows what the
  // items' source threw. Throws PoolClosed, PoolBroken, WrongThread.
  bool next(ResultBatch& batch);
  void recycle(ResultBatch&& batch) noexcept;  // gives its memory back
  void release_order();                        // from now on batches come as they are ready
  void cancel() noexcept;
  void finish();  // cancels, and returns when no worker runs an item of it any more

  [[nodiscard]] bool pool_is_open() const noexcept { return gate_->open; }
  [[noreturn]] static void throw_closed();  // PoolClosed, with the cure

 private:
  std::shared_ptr<PoolState> pool_;  // null when it was moved from
  const PoolGate* gate_;             // part of *pool_
  std::shared_ptr<pool::Map> map_;   // null when it has ended or was cancelled
};

// Futures that are done, oldest first, each by the number that it was watched under.
struct CompletionQueue {
  std::deque<std::size_t> arrived = {};
};

// One submitted item.
class FutureState;

// Shared by the Future and, until the item is done, by its pool.
class FutureHandle {
 public:
  explicit FutureHandle(std::shared_ptr<FutureState> state) noexcept : state_(std::move(state)) {}

  // Both advance the pool, if need be. Throw PoolClosed, WrongThread; InvalidOption for a future
  // that was moved from.
  [[nodiscard]] bool done() const;
  bool wait_for(std::chrono::nanoseconds limit) const;
  // The one outcome; waits for it.
  [[nodiscard]] const ResultBatch& result() const;
  [[nodiscard]] std::size_t index() const noexcept;  // of the item among the pool's submitted ones
  void cancel() const;
  void on_done(std::function<void(const ResultBatch&)> callback) const;

 private:
  friend class FutureWatch;
  std::shared_ptr<FutureState> state_;
};

// Waits for several futures, of one pool or more.
class FutureWatch {
 public:
  explicit FutureWatch(std::vector<FutureHandle> futures);

  [[nodiscard]] std::size_t size() const noexcept { return futures_.size(); }
  // Number of the next one that is done; nothing if the limit came first, or if all were given.
  // Throws PoolClosed if one that is not done lost its pool; what a callback throws.
  std::optional<std::size_t> next(std::chrono::nanoseconds limit);
  [[nodiscard]] bool failed(std::size_t number) const;  // of one that is done

 private:
  std::vector<FutureHandle> futures_;
  std::vector<std::shared_ptr<PoolState>> pools_;  // theirs
  std::shared_ptr<CompletionQueue> queue_;
  std::size_t given_ = 0;

  void wait_step(std::chrono::nanoseconds limit);
};

// Stretches of a pool's arena.
// Zeroed; freed with the last copy of the pointer, also after the pool is gone. Throws Error if
// there is no such stretch left.
[[nodiscard]] std::shared_ptr<std::byte> allocate_in_arena(PoolState& pool,
                                                           std::uint64_t size_bytes);
// Place of memory that lies wholly in the arena; nothing for any other.
[[nodiscard]] std::optional<std::uint64_t> arena_offset(PoolState& pool, const void* data,
                                                        std::uint64_t size_bytes);

// Open a map, or submit the one item of a source. Throw PoolClosed, WrongThread, and
// InvalidOption for a function of another registry than the pool's, or a limit that can never be.
[[nodiscard]] MapHandle open_map(const std::shared_ptr<PoolState>& pool, MapCall call,
                                 bool ordered = true);
[[nodiscard]] FutureHandle submit_item(const std::shared_ptr<PoolState>& pool, MapCall call);

}  // namespace detail

}  // namespace forkmap
