// SPDX-License-Identifier: Apache-2.0
//
// forkmap/result_cursor.hpp: a place in the outcomes of one map, and ranges made of it. The ranges
// are move-only, single-pass and lazy: an outcome is waited for when it is compared with the end or
// read, and left behind when the iterator is moved past it.
#pragma once

#include <forkmap/pool_access.hpp>
#include <forkmap/value_codec.hpp>
#include <iterator>

namespace forkmap::detail {

class ResultCursor {
 public:
  // `expected`: number of items, 0 where it is not known.
  ResultCursor(MapHandle map, std::uint64_t expected) noexcept
      : map_(std::move(map)), expected_(expected) {}

  // Waits for the outcome at the cursor; false at the end. Throws PoolClosed and more, see
  // MapHandle.
  [[nodiscard]] bool ready() {
    require_open();
    return item_ < batch_.count || next_batch();
  }
  void require_open() const {
    if (!map_.pool_is_open()) [[unlikely]]
      MapHandle::throw_closed();
  }

  // About the outcome at the cursor, once ready() was true.
  [[nodiscard]] bool failed() const noexcept {
    return batch_.status[item_] != FORKMAP_STATUS_VALUE;
  }
  [[nodiscard]] std::size_t index() const noexcept { return batch_.first + item_; }
  [[nodiscard]] ItemError take_error() { return std::move(batch_.errors[errors_passed_]); }
  template <class R>
  [[nodiscard]] ResultValue<R> read() const {
    return read_result<R>(batch_.columns, item_);
  }
  // Good until ready() is asked about a later outcome.
  template <class R>
  [[nodiscard]] ResultView<R> view() const {
    return view_result<R>(batch_.columns, item_);
  }
  void advance() noexcept {
    if (failed()) ++errors_passed_;
    ++item_;
  }

  // The values of one fixed column from the cursor on, as a block; empty if one of them failed.
  template <Fixed T>
  [[nodiscard]] std::span<const T> block() const noexcept {
    if (!batch_.errors.empty()) return {};
    return {static_cast<const T*>(batch_.columns[0].values) + item_, batch_.count - item_};
  }
  void skip_block() noexcept { item_ = batch_.count; }

  void cancel() noexcept {
    map_.cancel();
    item_ = batch_.count;
  }
  void release_order() { map_.release_order(); }
  [[nodiscard]] std::uint64_t expected() const noexcept { return expected_; }

 private:
  MapHandle map_;
  ResultBatch batch_;
  std::uint32_t item_ = 0;  // in the batch
  std::size_t errors_passed_ = 0;
  std::uint64_t expected_;

  bool next_batch() {
    if (batch_.memory) map_.recycle(std::move(batch_));
    batch_ = ResultBatch{};
    item_ = 0;
    errors_passed_ = 0;
    while (batch_.count == 0) {
      if (!map_.next(batch_)) return false;
    }
    return true;
  }
};

// The elements that `read` makes of the outcomes. An element belongs to its reader until the next.
template <class Element, Element (*read)(ResultCursor&)>
class ResultRange {
 public:
  explicit ResultRange(ResultCursor cursor) noexcept : cursor_(std::move(cursor)) {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Element;

    iterator() = default;
    [[nodiscard]] Element& operator*() const {
      (void)range_->load();
      return *range_->element_;
    }
    iterator& operator++() {
      range_->pass();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) { return at.ended(); }

   private:
    friend ResultRange;
    explicit iterator(ResultRange& range) noexcept : range_(&range) {}
    [[nodiscard]] bool ended() const { return !range_->cursor_.ready(); }
    ResultRange* range_ = nullptr;
  };

  // Where reading goes on; there is one place only, however often it is asked for.
  [[nodiscard]] iterator begin() noexcept { return iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 protected:
  ResultCursor cursor_;
  std::optional<Element> element_;  // read from the outcome at the cursor

  // Reads the outcome at the cursor, unless it has been; false at the end.
  [[nodiscard]] bool load() {
    if (!cursor_.ready()) return false;
    if (!element_) element_.emplace(read(cursor_));
    return true;
  }

 private:
  void pass() {
    if (!load()) return;
    element_.reset();
    cursor_.advance();
  }
};

}  // namespace forkmap::detail
