// SPDX-License-Identifier: Apache-2.0
//
// forkmap/types.hpp: which C++ types are which forkmap types, and the text of a signature.
//
//   bool                                        bool
//   integers of 8, 16, 32, 64 bits              i8 .. i64, u8 .. u64, by width and sign
//                                               (not char, wchar_t, char8_t and the like)
//   float, double                               f32, f64
//   std::string_view, std::string               str
//   std::span<const std::byte>, vector          bytes
//   std::span<const T>, std::vector<T>          T[], T one of the numbers above (not bool)
//
// A function takes 1 .. 16 of these, by value, const reference or rvalue, and returns one, a
// std::tuple of 0 .. 16 of them, or nothing. A view is what a function should take, an owning type
// what it should return; a view that is returned is copied at once.
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/plugin.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace forkmap {

// A C++ number: what has one value an item, and what may be the element of an array.
template <class T>
concept Number =
    (std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> && !std::same_as<T, char> &&
     !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
     !std::same_as<T, char32_t> && std::same_as<T, std::remove_cv_t<T>>) ||
    std::same_as<T, float> || std::same_as<T, double>;

template <class T>
concept Fixed = Number<T> || std::same_as<T, bool>;

// The code in plugin.h of a fixed type.
template <Fixed T>
consteval std::uint32_t fixed_code() {
  if constexpr (std::same_as<T, bool>) {
    return FORKMAP_BOOL;
  } else if constexpr (std::floating_point<T>) {
    return sizeof(T) == 4 ? FORKMAP_F32 : FORKMAP_F64;
  } else {
    constexpr std::uint32_t width = sizeof(T) == 1   ? 0
                                    : sizeof(T) == 2 ? 1
                                    : sizeof(T) == 4 ? 2
                                                     : 3;
    return (std::signed_integral<T> ? FORKMAP_I8 : FORKMAP_U8) + width;
  }
}

// TypeTraits<T>: for each supported T
//   code         its forkmap type, a code of plugin.h
//   is_variable  whether its values differ in size (str, bytes, arrays)
//   Element      what its bytes are made of; T itself where it is fixed
//   View         how a function gets it without a copy
//   Owning       how it is kept, and how a result comes back
template <class T>
struct TypeTraits;

template <Fixed T>
struct TypeTraits<T> {
  static constexpr std::uint32_t code = fixed_code<T>();
  static constexpr bool is_variable = false;
  using Element = T;
  using View = T;
  using Owning = T;
};

struct TextTraits {
  static constexpr std::uint32_t code = FORKMAP_STR;
  static constexpr bool is_variable = true;
  using Element = char;
  using View = std::string_view;
  using Owning = std::string;
};
template <>
struct TypeTraits<std::string_view> : TextTraits {};
template <>
struct TypeTraits<std::string> : TextTraits {};

template <class T>
concept ArrayElement = Number<T> || std::same_as<T, std::byte>;

template <ArrayElement T>
consteval std::uint32_t array_code() {
  if constexpr (std::same_as<T, std::byte>) {
    return FORKMAP_BYTES;
  } else {
    return FORKMAP_ARRAY | fixed_code<T>();
  }
}
template <ArrayElement T>
struct ArrayTraits {
  static constexpr std::uint32_t code = array_code<T>();
  static constexpr bool is_variable = true;
  using Element = T;
  using View = std::span<const T>;
  using Owning = std::vector<T>;
};
template <ArrayElement T>
struct TypeTraits<std::span<const T>> : ArrayTraits<T> {};
template <ArrayElement T>
struct TypeTraits<std::vector<T>> : ArrayTraits<T> {};

// A type that can be a column.
template <class T>
concept Supported = requires { TypeTraits<T>::code; };

template <Supported T>
inline constexpr std::uint32_t type_code = TypeTraits<T>::code;
template <Supported T>
inline constexpr bool is_variable = TypeTraits<T>::is_variable;
template <Supported T>
using View = typename TypeTraits<T>::View;
template <Supported T>
using Owning = typename TypeTraits<T>::Owning;

template <class... T>
struct TypeList {
  static constexpr std::size_t size = sizeof...(T);
};

// The columns of a result: TypeList<> for void, the parts of a tuple, or the one type.
template <class R>
struct ResultColumns {
  using type = TypeList<R>;
  using Owning = forkmap::Owning<R>;
  using View = forkmap::View<R>;
};
template <>
struct ResultColumns<void> {
  using type = TypeList<>;
  using Owning = void;
  using View = void;
};
template <class... T>
struct ResultColumns<std::tuple<T...>> {
  using type = TypeList<T...>;
  using Owning = std::tuple<forkmap::Owning<T>...>;
  using View = std::tuple<forkmap::View<T>...>;
};

template <class R>
inline constexpr bool is_result = Supported<R>;
template <>
inline constexpr bool is_result<void> = true;
template <class... T>
inline constexpr bool is_result<std::tuple<T...>> =
    (Supported<T> && ...) && sizeof...(T) <= FORKMAP_MAX_COLUMNS;

template <class R>
concept SupportedResult = is_result<R>;
// What a caller gets back: std::string for std::string_view, and so on inside a tuple; void stays.
template <SupportedResult R>
using ResultOf = typename ResultColumns<R>::Owning;
// The same without a copy: std::string_view, std::span<const T>.
template <SupportedResult R>
using ResultViewOf = typename ResultColumns<R>::View;

// A parameter of a function, as declared; a reference to something it may change is none.
template <class A>
concept SupportedParameter =
    Supported<std::remove_cvref_t<A>> &&
    !(std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>);

}  // namespace forkmap
