// SPDX-License-Identifier: Apache-2.0
//
// forkmap/map_into.hpp: the work of Pool::map_into().
#pragma once

#include <algorithm>
#include <forkmap/error.hpp>
#include <forkmap/range_source.hpp>
#include <forkmap/result_cursor.hpp>

namespace forkmap::detail {

// One column for each argument, each a whole array.
template <Fixed... A>
class ArraySource final : public ItemSource {
 public:
  explicit ArraySource(std::span<const A>... arrays) : arrays_(arrays...) {}

  Fill fill(InputBlock& block, std::size_t limit) override {
    const std::uint64_t room = std::min<std::uint64_t>(limit, block.capacity_items - block.count);
    const std::uint64_t count = std::min(room, size() - given_);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (append_values<A>(block, static_cast<std::uint32_t>(I), std::get<I>(arrays_).data() + given_,
                        count),
       ...);
    }(std::index_sequence_for<A...>{});
    block.count += count;
    given_ += count;
    return given_ == size() ? Fill::end : Fill::more;
  }
  std::uint64_t skip_too_large() override {  // never asked: a row of fixed columns fits any window
    ++given_;
    return (sizeof(A) + ...);
  }
  [[nodiscard]] std::optional<std::uint64_t> remaining() const override { return size() - given_; }

 private:
  std::tuple<std::span<const A>...> arrays_;
  std::uint64_t given_ = 0;

  [[nodiscard]] std::uint64_t size() const noexcept { return std::get<0>(arrays_).size(); }
};

template <class T, class U>
[[nodiscard]] bool overlap(std::span<T> left, std::span<U> right) noexcept {
  const auto begin_of = [](const auto& span) {
    return reinterpret_cast<std::uintptr_t>(span.data());
  };
  return begin_of(left) < begin_of(right) + right.size_bytes() &&
         begin_of(right) < begin_of(left) + left.size_bytes();
}

template <Fixed R, Fixed... A>
void check_arrays(std::span<R> out, std::span<const A>... in) {
  if (((in.size() != out.size()) || ...)) {
    throw InvalidOption("map_into: the arrays differ in length");
  }
  if ((overlap(out, in) || ...)) {
    throw InvalidOption(
        "map_into: output and input overlap; an item that is run again after a crash would read "
        "what "
        "its first run wrote. Use an array of its own for the output");
  }
}

// The arrays as stretches of the pool's arena, arguments first; empty if one of them lies
// elsewhere.
template <Fixed R, Fixed... A>
[[nodiscard]] std::vector<std::uint64_t> arena_columns(PoolState& pool, std::span<R> out,
                                                       std::span<const A>... in) {
  std::vector<std::uint64_t> offsets;
  const auto add = [&](const auto& span) {
    const auto offset = arena_offset(pool, span.data(), span.size_bytes());
    if (offset) offsets.push_back(*offset);
    return offset.has_value();
  };
  if (!((add(in) && ...) && add(out))) offsets.clear();
  return offsets;
}

// Values of one batch to their places.
template <Fixed R>
void store_values(const ResultBatch& batch, std::span<R> out) {
  for (std::uint32_t item = 0; item < batch.count; ++item) {
    if (batch.status[item] != FORKMAP_STATUS_VALUE) continue;
    out[batch.first + item] = read_value<R>(batch.columns[0], item);
  }
}
template <Number R>
void store_values(const ResultBatch& batch, std::span<R> out) {
  const auto* values = static_cast<const R*>(batch.columns[0].values);
  if (batch.errors.empty()) {
    std::copy_n(values, batch.count, out.begin() + static_cast<std::ptrdiff_t>(batch.first));
    return;
  }
  for (std::uint32_t item = 0; item < batch.count; ++item) {
    if (batch.status[item] == FORKMAP_STATUS_VALUE) out[batch.first + item] = values[item];
  }
}

template <Fixed R, Fixed... A>
[[nodiscard]] std::vector<ItemError> map_arrays(const std::shared_ptr<PoolState>& pool,
                                                const FunctionHandle& function, std::span<R> out,
                                                std::span<const A>... in) {
  check_arrays<R, A...>(out, in...);
  MapCall call{.function = function};
  call.arena_columns = arena_columns<R, A...>(*pool, out, in...);
  const bool copies = call.arena_columns.empty() || out.empty();
  if (copies) {
    call.arena_columns.clear();
    call.source = std::make_unique<ArraySource<A...>>(in...);
  } else {
    call.arena_items = out.size();
  }

  std::vector<ItemError> errors;
  MapHandle map = open_map(pool, std::move(call), false);
  try {
    for (ResultBatch batch; map.next(batch); map.recycle(std::move(batch))) {
      if (copies) store_values(batch, out);
      std::ranges::move(batch.errors, std::back_inserter(errors));
    }
  } catch (...) {
    map.finish();  // no worker may write into the arrays once their owner has them back
    throw;
  }
  std::ranges::sort(errors, {}, &ItemError::index);
  return errors;
}

}  // namespace forkmap::detail
