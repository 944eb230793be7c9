// SPDX-License-Identifier: Apache-2.0
//
// forkmap/pool.hpp: a team of worker processes, forked from one generation of a registry.
//
//   forkmap::Registry registry;
//   registry.load("arith");
//   const auto square = registry.function<std::int64_t(std::int64_t)>("square");
//   forkmap::Pool pool(registry, {.workers = 2});
//   for (const std::int64_t y : pool.map(square, {1, 2, 3})) std::cout << y << '\n';
//
// A pool is used by the process and the thread that made it: elsewhere its calls throw WrongThread
// (fd() and generation() excepted) and its destructor ends nothing, but says so; hand_over() and
// take_over() give it to another thread. It starts no thread, so nothing moves outside its calls
// but the workers themselves. Code of the caller (input iterators, callbacks of futures) runs
// inside its calls, between its own steps, and may use the pool.
//
// Every call throws PoolClosed after shutdown(), PoolBroken when the pool cannot go on, and
// SystemError.
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/array.hpp>
#include <forkmap/as_completed.hpp>
#include <forkmap/map_into.hpp>
#include <forkmap/map_result.hpp>
#include <forkmap/range_source.hpp>
#include <forkmap/registry.hpp>
#include <forkmap/single_source.hpp>
#include <forkmap/zip.hpp>
#include <initializer_list>

namespace forkmap {

class Pool {  // neither copied nor moved
 public:
  // Forks the workers; returns when every one is ready. `registry` must outlive the pool; calls
  // throw InvalidOption once it is gone. Functions
  // added to it later are missing in the workers (StaleRegistry). Throws InvalidOption,
  // and PoolBroken if a hook fails or the workers are not ready within start_timeout.
  explicit Pool(const Registry& registry, PoolOptions options = {});
  // Submitted items run to their end first (while an exception unwinds the stack: are cancelled);
  // open maps are cancelled. A MapResult or Future that is used later throws PoolClosed.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Applies a function to each item of an input range, in the workers. Items convert to its
  // argument without narrowing (<forkmap/item_conversion.hpp>); for several arguments they are
  // tuples, as forkmap::zip() gives them. The range is taken as std::views::all does: an lvalue by
  // reference, so that it must outlive the result; an rvalue is owned. Feeds up to its bound at
  // once, and then only inside calls of the pool. Throws InvalidOption for a function of another
  // registry.
  template <class R, class... A, std::ranges::input_range Items>
  [[nodiscard]] MapResult<R> map(const Function<R(A...)>& function, Items&& items,
                                 MapOptions options = {});
  template <class R, class... A>
  [[nodiscard]] MapResult<R> map(const Function<R(A...)>& function,
                                 std::initializer_list<std::type_identity_t<ItemOf<A...>>> items,
                                 MapOptions options = {});

  // One item. Its item_index() counts the submitted items of this pool from 0.
  template <class R, class... A>
  [[nodiscard]] Future<R> submit(const Function<R(A...)>& function,
                                 std::type_identity_t<A>... arguments);

  // `size` zeros in memory shared with the workers. An array of 4 MiB or more gets its memory at
  // once, in pages of 2 MiB, unless half of the machine's memory is taken so already; a smaller one
  // when it is touched. Throws Error if the arena is full.
  template <class T>
  [[nodiscard]] Array<T> array(std::size_t size);

  // out[i] = function(in[i]...) for arrays of fixed-size types; returns the errors of the items
  // that failed, in order, whose elements of `out` keep their values, or are half-done where the
  // worker died. Nothing is copied if all are parts of arrays of this pool. Throws InvalidOption if
  // lengths differ or if `out` overlaps an input.
  template <class R, class... A>
  [[nodiscard]] std::vector<ItemError> map_into(
      std::type_identity_t<std::span<R>> out, const Function<R(A...)>& function,
      std::type_identity_t<std::span<const std::remove_cvref_t<A>>>... in);

  // New workers from the registry as it is now; nothing is lost or run twice. Throws PoolBroken if
  // they do not come up; the old ones then go on.
  void refork();
  void resize(int workers);  // at least 1
  // No map or future can be used afterwards. `finish`: open maps and submitted items first run to
  // their end, so that their functions have their effects; `cancel`: they are cancelled.
  void shutdown(Pending pending = Pending::finish);
  void kill();  // all workers at once; what was open ends as Cancelled

  // Does whatever can be done without blocking; true if anything was. Runs callbacks that are due.
  bool advance();
  // Gives the pool, and all that it gave out, to another thread: first this one says that it is
  // done with it, then the other one that it goes on. A pool that was handed over may be destroyed
  // by any thread. take_over() throws WrongThread while the pool is somebody else's.
  void hand_over();
  void take_over();

  // One descriptor, readable when advance() has something to do: for somebody's poll loop. Whatever
  // other calls are made between; a pool whose descriptor was never asked for pays nothing for it.
  [[nodiscard]] int fd() const noexcept;

  [[nodiscard]] Generation generation() const noexcept;  // of the registry, in the workers
  [[nodiscard]] std::vector<WorkerInfo> workers() const;

 private:
  std::shared_ptr<detail::PoolState> state_;
  int exceptions_at_birth_;

  template <class R, class Items, class... A>
  MapResult<R> open(const FunctionHandle& function, Items items, const MapOptions& options);
};

template <class R, class Items, class... A>
MapResult<R> Pool::open(const FunctionHandle& function, Items items, const MapOptions& options) {
  using Source = detail::RangeSource<Items, std::remove_cvref_t<A>...>;
  auto source = std::make_unique<Source>(std::move(items));
  const std::uint64_t expected = source->remaining().value_or(0);
  return MapResult<R>(detail::ResultCursor(
      detail::open_map(state_,
                       {.function = function, .source = std::move(source), .options = options}),
      expected));
}

template <class R, class... A, std::ranges::input_range Items>
MapResult<R> Pool::map(const Function<R(A...)>& function, Items&& items, MapOptions options) {
  using Item = detail::PlainItem<std::ranges::range_reference_t<Items>>;
  if constexpr (detail::item_converts<Item, std::remove_cvref_t<A>...>()) {
    return open<R, std::views::all_t<Items>, A...>(
        function, std::views::all(std::forward<Items>(items)), options);
  } else {
    detail::explain_item<Item, std::remove_cvref_t<A>...>();
    throw InvalidOption("these items do not convert");  // it does not compile
  }
}

template <class R, class... A>
MapResult<R> Pool::map(const Function<R(A...)>& function,
                       std::initializer_list<std::type_identity_t<ItemOf<A...>>> items,
                       MapOptions options) {
  return map(function, std::vector<ItemOf<A...>>(items), std::move(options));
}

template <class R, class... A>
Future<R> Pool::submit(const Function<R(A...)>& function, std::type_identity_t<A>... arguments) {
  using Source = detail::SingleSource<Owning<std::remove_cvref_t<A>>...>;
  auto source = std::make_unique<Source>(
      detail::own<std::remove_cvref_t<A>>(View<std::remove_cvref_t<A>>(arguments))...);
  return Future<R>(
      detail::submit_item(state_, {.function = function, .source = std::move(source)}));
}

template <class T>
Array<T> Pool::array(std::size_t size) {
  if (size > std::size_t{PTRDIFF_MAX} / sizeof(T)) throw InvalidOption("array: too many elements");
  return Array<T>(detail::allocate_in_arena(*state_, size * sizeof(T)), size);
}

template <class R, class... A>
std::vector<ItemError> Pool::map_into(
    std::type_identity_t<std::span<R>> out, const Function<R(A...)>& function,
    std::type_identity_t<std::span<const std::remove_cvref_t<A>>>... in) {
  constexpr bool fixed = Fixed<R> && (Fixed<std::remove_cvref_t<A>> && ...);
  static_assert(
      fixed,
      "forkmap: map_into works on arrays of numbers and bool; use map() for text, arrays as "
      "items, several results and none");
  if constexpr (fixed) {
    return detail::map_arrays<R, std::remove_cvref_t<A>...>(state_, function, out, in...);
  } else {
    throw InvalidOption("map_into: not these types");  // it does not compile
  }
}

}  // namespace forkmap
