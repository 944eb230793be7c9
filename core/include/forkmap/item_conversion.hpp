// SPDX-License-Identifier: Apache-2.0
//
// forkmap/item_conversion.hpp: which C++ values may be items of a function, by forkmap types:
//
//   the same forkmap type        long and long long are both i64
//   a wider integer              i8 -> i32, u8 -> i16, never signed -> unsigned
//   integers up to 32 bits       -> f64
//   str                          whatever converts to std::string_view
//   bytes, T[]                   contiguous ranges of std::byte, of the very T
//
// Everything else does not compile. Functions of several arguments take std::tuple, std::pair or
// std::array of as many values.
#pragma once

#include <forkmap/types.hpp>

#include <limits>
#include <ranges>

namespace forkmap::detail {

// The element of a std::vector<bool> is a bool for us.
template <class T>
using PlainItem =
    std::conditional_t<std::same_as<std::remove_cvref_t<T>, std::vector<bool>::reference>, bool,
                       std::remove_cvref_t<T>>;

template <class From, class To>
inline constexpr bool holds_all_values =
    std::numeric_limits<From>::digits <= std::numeric_limits<To>::digits &&
    (std::unsigned_integral<From> || std::signed_integral<To>);

template <class From, class To>
consteval bool fixed_converts() {
  if constexpr (!Fixed<From>) {
    return false;
  } else if constexpr (type_code<From> == type_code<To>) {
    return true;
  } else if constexpr (!Number<From> || !Number<To> || std::floating_point<From>) {
    return false;
  } else if constexpr (std::same_as<To, double>) {
    return sizeof(From) <= 4;
  } else {
    return std::integral<To> && holds_all_values<From, To>;
  }
}

// A contiguous range whose elements are, as forkmap types, those of the array `To`.
template <class From, class To>
concept SameElements =
    std::ranges::contiguous_range<const From&> && std::ranges::sized_range<const From&> &&
    requires {
      requires ArrayElement<std::ranges::range_value_t<const From&>>;
      requires array_code<std::ranges::range_value_t<const From&>>() == type_code<To>;
    };

template <class From, Supported To>
consteval bool value_converts() {
  if constexpr (!is_variable<To>) {
    return fixed_converts<From, To>();
  } else if constexpr (type_code<To> == FORKMAP_STR) {
    return std::convertible_to<const From&, std::string_view>;
  } else {
    return SameElements<From, To>;
  }
}

// One value as an argument: itself, converted, or a view of it.
template <Supported To, class From>
[[nodiscard]] View<To> to_argument(const From& value) {
  if constexpr (!is_variable<To>) {
    return static_cast<To>(value);
  } else if constexpr (type_code<To> == FORKMAP_STR) {
    return value;
  } else {
    // Only its bytes are read, so that long may stand for long long.
    using Element = typename TypeTraits<To>::Element;
    return {reinterpret_cast<const Element*>(std::ranges::data(value)), std::ranges::size(value)};
  }
}

template <class Item>
concept TupleLike = requires { std::tuple_size<Item>::value; };

template <class Item, std::size_t I>
using PartOf = PlainItem<std::tuple_element_t<I, Item>>;

template <class Item, Supported... A>
consteval bool item_converts() {
  if constexpr (sizeof...(A) == 1 && (value_converts<Item, A>() && ...)) {
    return true;
  } else if constexpr (TupleLike<Item>) {
    if constexpr (std::tuple_size<Item>::value == sizeof...(A)) {
      return []<std::size_t... I>(std::index_sequence<I...>) {
        return (value_converts<PartOf<Item, I>, A>() && ...);
      }(std::index_sequence_for<A...>{});
    } else {
      return false;
    }
  } else {
    return false;
  }
}

// As in <forkmap/signature_of.hpp>: the messages name the class, and so the number of the argument,
// the type of what is given for it, and its own type.
template <class Given, class Argument>
inline constexpr bool converts = value_converts<Given, Argument>();
template <class Item, std::size_t arguments>
inline constexpr bool is_tuple_of = false;
template <TupleLike Item, std::size_t arguments>
inline constexpr bool is_tuple_of<Item, arguments> = std::tuple_size<Item>::value == arguments;

template <std::size_t number, class Given, class Argument>
struct item_for_argument {
  static_assert(converts<Given, Argument>,
                "forkmap: these items do not convert to this argument of the function without "
                "narrowing. Allowed are the same forkmap type, wider integers, integers of up to "
                "32 bits for double; for text whatever converts to std::string_view; for arrays "
                "and bytes a contiguous range of the very element.");
};
template <class Item, class... Arguments>
struct items_for_arguments {
  static_assert(is_tuple_of<Item, sizeof...(Arguments)>,
                "forkmap: these items do not convert to the arguments of the function: for several "
                "arguments an item is a std::tuple, std::pair or std::array of as many values.");
};
template <class Numbers, class Item, class... A>
struct checked_parts;
template <std::size_t... I, class Item, class... A>
struct checked_parts<std::index_sequence<I...>, Item, A...>
    : item_for_argument<I + 1, PartOf<Item, I>, A>... {};

// The compile-time messages for items that a function cannot take.
template <class Item, Supported... A>
constexpr void explain_item() {
  if constexpr (is_tuple_of<Item, sizeof...(A)>) {
    (void)sizeof(checked_parts<std::index_sequence_for<A...>, Item, A...>);
  } else if constexpr (sizeof...(A) == 1) {
    (void)sizeof(item_for_argument<1, Item, A...>);
  } else {
    (void)sizeof(items_for_arguments<Item, A...>);
  }
}

// Calls use(arguments...) with one item as the arguments of a function. They are valid during the
// call.
template <Supported... A, class Item, class Use>
decltype(auto) with_arguments(const Item& item, Use&& use) {
  using Plain = PlainItem<Item>;
  if constexpr (sizeof...(A) == 1 && (value_converts<Plain, A>() && ...)) {
    return use(to_argument<A, Plain>(item)...);
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
      return use(to_argument<A, PartOf<Item, I>>(std::get<I>(item))...);
    }(std::index_sequence_for<A...>{});
  }
}

}  // namespace forkmap::detail

namespace forkmap {

// What an initializer list of items is made of: owning values, tuples of them for several
// arguments.
template <class... A>
struct ItemType {
  using type = std::tuple<Owning<std::remove_cvref_t<A>>...>;
};
template <class A>
struct ItemType<A> {
  using type = Owning<std::remove_cvref_t<A>>;
};
template <class... A>
using ItemOf = typename ItemType<A...>::type;

}  // namespace forkmap
