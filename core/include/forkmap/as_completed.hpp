// SPDX-License-Identifier: Apache-2.0
//
// forkmap/as_completed.hpp: futures in the order in which they are done.
#pragma once

#include <forkmap/wait.hpp>
#include <iterator>

namespace forkmap {

// Range of std::size_t: the place of each future in its range, once, as it is done. Move-only, read
// once; waits when it is compared with the end or read. Throws PoolClosed and WrongThread.
class IndexStream {
 public:
  explicit IndexStream(detail::FutureWatch watch) noexcept : watch_(std::move(watch)) {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = std::size_t;

    iterator() = default;
    [[nodiscard]] std::size_t operator*() const {
      (void)stream_->load();
      return *stream_->place_;
    }
    iterator& operator++() {
      (void)stream_->load();
      stream_->place_.reset();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) { return at.ended(); }

   private:
    friend IndexStream;
    explicit iterator(IndexStream& stream) noexcept : stream_(&stream) {}
    [[nodiscard]] bool ended() const { return !stream_->load(); }
    IndexStream* stream_ = nullptr;
  };

  [[nodiscard]] iterator begin() noexcept { return iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  detail::FutureWatch watch_;
  std::optional<std::size_t> place_;

  bool load() {
    if (!place_) place_ = watch_.next(forever);
    return place_.has_value();
  }
};

// The futures may be moved or dropped meanwhile; their pools may differ.
template <FutureRange Range>
[[nodiscard]] IndexStream as_completed(Range&& futures) {
  return IndexStream(detail::watch(futures));
}

}  // namespace forkmap
