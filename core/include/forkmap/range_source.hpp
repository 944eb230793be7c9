// SPDX-License-Identifier: Apache-2.0
//
// forkmap/range_source.hpp: the items of a view as argument columns. Reads no item before it is
// asked for one, and each item once; a contiguous view of one fixed type is copied as a block. Of a
// sized view it reads as many items as there were at first: one that grows meanwhile gives those,
// and one that shrinks ends early. What the view throws comes out of fill(); it is not touched
// again then, and the rows before stand.
#pragma once

#include <algorithm>
#include <cstring>
#include <forkmap/item_conversion.hpp>
#include <forkmap/item_source.hpp>
#include <forkmap/value_codec.hpp>
#include <ranges>

namespace forkmap::detail {

template <Supported A>
[[nodiscard]] Owning<A> own(const View<A>& view) {
  if constexpr (std::constructible_from<Owning<A>, const View<A>&>) {
    return Owning<A>(view);
  } else {
    return Owning<A>(view.begin(), view.end());
  }
}

// Copies the next `count` values into a fixed column; the caller counts the rows.
template <Fixed A>
void append_values(const InputBlock& block, std::uint32_t column, const void* values,
                   std::uint64_t count) noexcept {
  auto* const place = static_cast<A*>(block.columns[column].values) + block.count;
  if (count == 1) {
    std::memcpy(place, values, sizeof(A));  // a store: with one item a task a call would be felt
  } else if (count != 0) {
    std::memcpy(place, values, count * sizeof(A));
  }
}

// Whether the elements of V are, byte for byte, values of a column of the one type A.
template <class V, Supported... A>
inline constexpr bool is_block_of = false;
template <class V, Supported A>
  requires std::ranges::contiguous_range<V> && std::ranges::sized_range<V> && Fixed<A> &&
               Fixed<std::ranges::range_value_t<V>>
inline constexpr bool is_block_of<V, A> = type_code<std::ranges::range_value_t<V>> == type_code<A>;

template <std::ranges::view Items, Supported... A>
class RangeSource final : public ItemSource {
 public:
  explicit RangeSource(Items items) : items_(std::move(items)) {
    if constexpr (kSized) remaining_ = static_cast<std::uint64_t>(std::ranges::size(items_));
  }

  Fill fill(InputBlock& block, std::size_t limit) override {
    const std::uint64_t room = std::min<std::uint64_t>(limit, block.capacity_items - block.count);
    if constexpr (kBlock) {
      return copy(block, room);
    } else {
      return append(block, room);
    }
  }

  std::uint64_t skip_too_large() override {
    const std::uint64_t bytes =
        std::apply([](const auto&... values) { return (payload_bytes(values) + ...); }, *held_);
    held_.reset();
    return bytes;
  }

  [[nodiscard]] std::optional<std::uint64_t> remaining() const override {
    if constexpr (kSized) return remaining_ + (held_ ? 1 : 0);
    return std::nullopt;
  }

 private:
  static constexpr bool kSized = std::ranges::sized_range<Items>;
  static constexpr bool kBlock = is_block_of<Items, A...>;

  Items items_;
  std::optional<std::ranges::iterator_t<Items>> at_;
  bool step_first_ = false;                       // the item at `at_` has been read
  std::uint64_t given_ = 0;                       // blocks: items read
  std::uint64_t remaining_ = 0;                   // sized ranges: not read yet
  std::optional<std::tuple<Owning<A>...>> held_;  // read, and did not fit

  Fill copy(InputBlock& block, std::uint64_t room)
    requires kBlock
  {
    // Each field is read once and written once: with one item a task a word that is read again as
    // half of two costs more than all the rest here.
    const std::uint64_t given = given_;
    const auto size = static_cast<std::uint64_t>(std::ranges::size(items_));
    const std::uint64_t left = std::min(remaining_, size - std::min(size, given));
    const std::uint64_t count = std::min(room, left);
    append_values<A...>(block, 0, std::ranges::data(items_) + given, count);
    block.count += count;
    given_ = given + count;
    remaining_ = left - count;
    return left == count ? Fill::end : Fill::more;
  }

  Fill append(InputBlock& block, std::uint64_t room) {
    if (held_) {
      const auto write = [&](const auto&... values) {
        return write_row<Owning<A>...>(block, values...);
      };
      if (room == 0 || !std::apply(write, *held_)) return Fill::full;
      held_.reset();
      --room;
    }
    if (!at_) at_.emplace(std::ranges::begin(items_));
    for (; room != 0 && !full_enough(block); --room) {
      if constexpr (kSized) {
        if (remaining_ == 0) return Fill::end;
      }
      if (step_first_) ++*at_;
      step_first_ = false;
      if (*at_ == std::ranges::end(items_)) return Fill::end;
      step_first_ = true;
      auto&& item = **at_;
      if constexpr (kSized) --remaining_;
      if (!write_item(block, item)) return Fill::full;
    }
    if constexpr (kSized) {
      if (remaining_ == 0) return Fill::end;
    }
    return Fill::more;
  }

  [[nodiscard]] static bool full_enough(const InputBlock& block) noexcept {
    return (is_variable<A> || ...) && block.count != 0 && block.bytes_used >= block.bytes_aim;
  }

  template <class Item>
  bool write_item(InputBlock& block, const Item& item) {
    return with_arguments<A...>(item, [&](const View<A>&... values) {
      if (write_row<View<A>...>(block, values...)) return true;
      held_.emplace(own<A>(values)...);
      return false;
    });
  }
};

}  // namespace forkmap::detail
