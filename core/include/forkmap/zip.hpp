// SPDX-License-Identifier: Apache-2.0
//
// forkmap/zip.hpp: several ranges side by side, for functions of several arguments.
#pragma once

#include <forkmap/requirements.hpp>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <ranges>
#include <tuple>
#include <utility>

namespace forkmap {

// A view of std::tuple<reference...>; ends with the shortest range. Random access, forward or
// single pass, sized or not, as all of its ranges are. Its value type is the tuple of references,
// too.
template <std::ranges::view... Views>
  requires(sizeof...(Views) > 0 && (std::ranges::input_range<Views> && ...))
class ZipView : public std::ranges::view_interface<ZipView<Views...>> {
  static constexpr bool kForward = (std::ranges::forward_range<Views> && ...);
  static constexpr bool kRandom = (std::ranges::random_access_range<Views> && ...);

 public:
  explicit ZipView(Views... views) : views_(std::move(views)...) {}

  class iterator;
  class sentinel;

  [[nodiscard]] iterator begin() {
    return std::apply([](auto&... views) { return iterator({std::ranges::begin(views)...}); },
                      views_);
  }
  [[nodiscard]] sentinel end() {
    return std::apply([](auto&... views) { return sentinel({std::ranges::end(views)...}); },
                      views_);
  }
  [[nodiscard]] auto size()
    requires(std::ranges::sized_range<Views> && ...)
  {
    return std::apply(
        [](auto&... views) {
          return std::min({static_cast<std::size_t>(std::ranges::size(views))...});
        },
        views_);
  }
  // The ranges themselves.
  [[nodiscard]] std::tuple<Views...>& views() noexcept { return views_; }

 private:
  std::tuple<Views...> views_;
};

template <std::ranges::view... Views>
  requires(sizeof...(Views) > 0 && (std::ranges::input_range<Views> && ...))
class ZipView<Views...>::iterator {
 public:
  using iterator_concept = std::conditional_t<
      kRandom, std::random_access_iterator_tag,
      std::conditional_t<kForward, std::forward_iterator_tag, std::input_iterator_tag>>;
  using iterator_category = std::input_iterator_tag;  // operator* gives no lvalue
  using value_type = std::tuple<std::ranges::range_reference_t<Views>...>;
  using difference_type = std::ptrdiff_t;

  iterator()
    requires(std::default_initializable<std::ranges::iterator_t<Views>> && ...)
  = default;
  explicit iterator(std::tuple<std::ranges::iterator_t<Views>...> places)
      : places_(std::move(places)) {}

  [[nodiscard]] value_type operator*() const {
    return std::apply([](const auto&... places) { return value_type(*places...); }, places_);
  }
  [[nodiscard]] value_type operator[](difference_type distance) const
    requires kRandom
  {
    return *(*this + distance);
  }
  iterator& operator++() {
    std::apply([](auto&... places) { (++places, ...); }, places_);
    return *this;
  }
  auto operator++(int) {
    if constexpr (kForward) {
      iterator before = *this;
      ++*this;
      return before;
    } else {
      ++*this;
    }
  }
  iterator& operator--()
    requires kRandom
  {
    return *this -= 1;
  }
  iterator operator--(int)
    requires kRandom
  {
    iterator before = *this;
    *this -= 1;
    return before;
  }
  iterator& operator+=(difference_type distance)
    requires kRandom
  {
    std::apply(
        [distance](auto&... places) {
          ((places +=
            static_cast<std::iter_difference_t<std::remove_cvref_t<decltype(places)>>>(distance)),
           ...);
        },
        places_);
    return *this;
  }
  iterator& operator-=(difference_type distance)
    requires kRandom
  {
    return *this += -distance;
  }
  friend iterator operator+(iterator at, difference_type distance)
    requires kRandom
  {
    return at += distance;
  }
  friend iterator operator+(difference_type distance, iterator at)
    requires kRandom
  {
    return at += distance;
  }
  friend iterator operator-(iterator at, difference_type distance)
    requires kRandom
  {
    return at -= distance;
  }
  friend difference_type operator-(const iterator& left, const iterator& right)
    requires kRandom
  {
    return static_cast<difference_type>(std::get<0>(left.places_) - std::get<0>(right.places_));
  }
  friend bool operator==(const iterator& left, const iterator& right)
    requires kForward
  {
    return left.places_ == right.places_;
  }
  friend auto operator<=>(const iterator& left, const iterator& right)
    requires kRandom
  {
    return (left - right) <=> difference_type{0};
  }
  [[nodiscard]] bool reaches(const std::tuple<std::ranges::sentinel_t<Views>...>& ends) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((std::get<I>(places_) == std::get<I>(ends)) || ...);
    }(std::index_sequence_for<Views...>{});
  }

 private:
  std::tuple<std::ranges::iterator_t<Views>...> places_;
};

template <std::ranges::view... Views>
  requires(sizeof...(Views) > 0 && (std::ranges::input_range<Views> && ...))
class ZipView<Views...>::sentinel {
 public:
  sentinel() = default;
  explicit sentinel(std::tuple<std::ranges::sentinel_t<Views>...> ends) : ends_(std::move(ends)) {}

  friend bool operator==(const iterator& at, const sentinel& end) { return at.reaches(end.ends_); }

 private:
  std::tuple<std::ranges::sentinel_t<Views>...> ends_;
};

// zip(names, sizes): items for a function of two arguments. Takes its ranges as std::views::all
// does.
template <std::ranges::viewable_range... Ranges>
[[nodiscard]] auto zip(Ranges&&... ranges) {
  return ZipView<std::views::all_t<Ranges>...>(std::views::all(std::forward<Ranges>(ranges))...);
}

}  // namespace forkmap
