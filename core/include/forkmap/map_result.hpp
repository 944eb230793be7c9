// SPDX-License-Identifier: Apache-2.0
//
// forkmap/map_result.hpp: what Pool::map() returns.
//
// All ranges here are move-only and read once, from front to back: what the iterator has been moved
// past is read, what was only looked at is not. They are lazy: results come in,
// and further items are fed, while they are read. One that goes before its end cancels what is left
// of its map. Used after the pool is gone they throw PoolClosed; in another thread, WrongThread, at
// the latest when they have to wait. What the iterators of the input throw comes out of them after
// the results of the items before.
#pragma once

#include <forkmap/result_cursor.hpp>

namespace forkmap {

// A value with the index of its item in the input, from 0.
template <class R>
struct Indexed {
  std::size_t index = 0;
  ResultValue<R> value;
};

namespace detail {

// ItemFailed ends the map; the pool lives.
inline void throw_if_failed(ResultCursor& cursor) {
  if (!cursor.failed()) return;
  ItemError error = cursor.take_error();
  cursor.cancel();
  throw ItemFailed(std::move(error));
}

template <class R>
ResultValue<R> read_value_at(ResultCursor& cursor) {
  throw_if_failed(cursor);
  return cursor.read<R>();
}

template <class R>
ResultView<R> read_view_at(ResultCursor& cursor) {
  throw_if_failed(cursor);
  return cursor.view<R>();
}

template <class R>
Indexed<R> read_indexed_at(ResultCursor& cursor) {
  throw_if_failed(cursor);
  return {cursor.index(), cursor.read<R>()};
}

template <class R>
Outcome<R> read_outcome_at(ResultCursor& cursor) {
  if (cursor.failed()) return Outcome<R>(cursor.take_error());
  if constexpr (std::is_void_v<R>) {
    return Outcome<void>(cursor.index());
  } else {
    return Outcome<R>(cursor.index(), cursor.read<R>());
  }
}

}  // namespace detail

// Range of Outcome<R>: one for each item, a value or an ItemError. Throws nothing for a failed
// item.
template <class R>
class OutcomeRange
    : public detail::ResultRange<Outcome<ResultOf<R>>, &detail::read_outcome_at<ResultOf<R>>> {
 public:
  using OutcomeRange::ResultRange::ResultRange;
};

// Range of views of the results in input order: std::string_view for text, std::span<const T> for
// bytes and arrays, numbers as they are, a tuple of these. Nothing is copied: long results are read
// where the worker put them, which no other task of it uses meanwhile; a function that writes where
// it should not could change one while it is looked at. A view is good until the next one is read,
// or the range goes. Throws ItemFailed at the first error.
template <class R>
class ViewRange : public detail::ResultRange<ResultView<R>, &detail::read_view_at<ResultOf<R>>> {
 public:
  using ViewRange::ResultRange::ResultRange;
};

// Range of Indexed<R>, as the results come. Throws ItemFailed at the first error.
template <class R>
class IndexedRange
    : public detail::ResultRange<Indexed<ResultOf<R>>, &detail::read_indexed_at<ResultOf<R>>> {
 public:
  using IndexedRange::ResultRange::ResultRange;
};

// Range of the results in input order (std::monostate where the function returns nothing). At the
// first failed item it throws ItemFailed with that item's error; that map is then cancelled, and
// the pool lives. The other forms below take the map over, with all that has not been read.
template <class R>
class [[nodiscard]] MapResult
    : public detail::ResultRange<ResultValue<R>, &detail::read_value_at<ResultOf<R>>> {
 public:
  using MapResult::ResultRange::ResultRange;

  // All results that have not been read yet, in input order. Throws ItemFailed at the first error.
  std::vector<ResultValue<R>> collect() &&;

  // One Outcome<R> for each item, in input order.
  OutcomeRange<R> outcomes() && { return OutcomeRange<R>(std::move(this->cursor_)); }
  // The results without a copy, each good until the next is read.
  ViewRange<R> views() && { return ViewRange<R>(std::move(this->cursor_)); }
  // Values with the indices of their items, in the order in which they are ready.
  IndexedRange<R> unordered() && {
    this->cursor_.release_order();
    return IndexedRange<R>(std::move(this->cursor_));
  }
  // One Outcome<R> for each item, in the order in which they are ready.
  OutcomeRange<R> unordered_outcomes() && {
    this->cursor_.release_order();
    return OutcomeRange<R>(std::move(this->cursor_));
  }
};

template <class R>
std::vector<ResultValue<R>> MapResult<R>::collect() && {
  std::vector<ResultValue<R>> values;
  values.reserve(this->cursor_.expected());
  while (this->cursor_.ready()) {
    // Bytes other than 0 and 1 must not become a bool, so those go one by one.
    if constexpr (Number<R>) {
      if (const auto block = this->cursor_.template block<R>(); !block.empty()) {
        values.insert(values.end(), block.begin(), block.end());
        this->cursor_.skip_block();
        continue;
      }
    }
    values.push_back(detail::read_value_at<ResultOf<R>>(this->cursor_));
    this->cursor_.advance();
  }
  return values;
}

}  // namespace forkmap
