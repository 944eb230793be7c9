// SPDX-License-Identifier: Apache-2.0
//
// forkmap/signature_of.hpp: the forkmap signature of a C++ function type or callable, known at
// compile time: its C++ parts, its codes, and its text, "(f64, i64) -> (f64, i64)".
#pragma once

#include <forkmap/types.hpp>

namespace forkmap {

// CallTypeOf<F>: the plain function type R(A...) of a function, function pointer, lambda or functor
// with one call operator, exactly as declared but without noexcept.
template <class F>
struct CallType : CallType<decltype(&F::operator())> {};
template <class R, class... A, bool N>
struct CallType<R(A...) noexcept(N)> {
  using type = R(A...);
};
template <class R, class... A, bool N>
struct CallType<R (*)(A...) noexcept(N)> : CallType<R(A...)> {};
template <class R, class... A, bool N>
struct CallType<R (&)(A...) noexcept(N)> : CallType<R(A...)> {};
template <class F, class R, class... A, bool N>
struct CallType<R (F::*)(A...) noexcept(N)> : CallType<R(A...)> {};
template <class F, class R, class... A, bool N>
struct CallType<R (F::*)(A...) const noexcept(N)> : CallType<R(A...)> {};
template <class F, class R, class... A, bool N>
struct CallType<R (F::*)(A...) & noexcept(N)> : CallType<R(A...)> {};
template <class F, class R, class... A, bool N>
struct CallType<R (F::*)(A...) const & noexcept(N)> : CallType<R(A...)> {};
template <class F>
using CallTypeOf = typename CallType<std::remove_cvref_t<F>>::type;

// Whether it has one: a callable whose operator() is a template, or overloaded, has not.
template <class F>
concept has_call_type = std::is_function_v<std::remove_pointer_t<std::remove_cvref_t<F>>> ||
                        requires { &std::remove_cvref_t<F>::operator(); };

namespace detail {

template <class F, class Signature>
inline constexpr bool is_callable_as = false;
template <class F, class R, class... A>
inline constexpr bool is_callable_as<F, R(A...)> = std::is_invocable_r_v<R, F&, A...>;

// A callable under one of its signatures.
template <class Signature, class F>
struct CallableAs;
template <class R, class... A, class F>
struct CallableAs<R(A...), F> {
  F callable;
  R operator()(A... arguments) {
    if constexpr (std::is_void_v<R>) {
      callable(std::forward<A>(arguments)...);
    } else {
      return callable(std::forward<A>(arguments)...);
    }
  }
};

}  // namespace detail

// Whether R(A...) can be a map function. The checks below say why not.
template <class Signature>
inline constexpr bool is_signature = false;
template <class R, class... A>
inline constexpr bool is_signature<R(A...)> =
    SupportedResult<std::remove_cv_t<R>> && (SupportedParameter<A> && ...) && sizeof...(A) >= 1 &&
    sizeof...(A) <= FORKMAP_MAX_COLUMNS;

template <class Signature>
concept SupportedSignature = is_signature<Signature>;

// A compiler's message for a static_assert names the class that it stands in. So each of these is a
// class of its own, with the number and the type that are wrong; and the conditions are plain
// variables, since a compiler would explain a concept line by line.
namespace detail {

template <class Type>
inline constexpr bool can_be_carried = SupportedParameter<Type>;
template <class Type>
inline constexpr bool can_be_returned = is_result<std::remove_cv_t<Type>>;
template <std::size_t count>
inline constexpr bool is_argument_count = count >= 1 && count <= FORKMAP_MAX_COLUMNS;

template <std::size_t number, class Type>
struct argument {
  static_assert(can_be_carried<Type>,
                "forkmap: this argument of a map function has a type that cannot be carried. An "
                "argument is, by value or const reference, a bool, an integer of 8 to 64 bits (not "
                "char), float, double, std::string_view, std::string, or std::span<const T> or "
                "std::vector<T> of numbers or of std::byte.");
};
template <class Type>
struct result {
  static_assert(can_be_returned<Type>,
                "forkmap: the result of a map function has a type that cannot be carried. It is "
                "void, a bool, an integer of 8 to 64 bits (not char), float, double, "
                "std::string, std::string_view, std::vector<T> or std::span<const T> of numbers or "
                "of std::byte, or a std::tuple of these.");
};
template <std::size_t count>
struct number_of_arguments {
  static_assert(is_argument_count<count>, "forkmap: a map function takes 1 to 16 arguments.");
};
template <class Numbers, class Signature>
struct checked_signature;
template <std::size_t... I, class R, class... A>
struct checked_signature<std::index_sequence<I...>, R(A...)>
    : argument<I + 1, A>..., result<R>, number_of_arguments<sizeof...(A)> {};

template <class Signature>
struct signature_check;
template <class R, class... A>
struct signature_check<R(A...)> {
  using type = checked_signature<std::index_sequence_for<A...>, R(A...)>;
};

}  // namespace detail

// The compile-time messages for a function that cannot be a map function: one for each argument
// that cannot be carried, with its number and type, and one for the result.
template <class Signature>
constexpr void explain_signature() {
  (void)sizeof(typename detail::signature_check<Signature>::type);
}

// The parts of R(A...).
template <class Signature>
struct SignatureTraits;
template <class R, class... A>
struct SignatureTraits<R(A...)> {
  using Arguments = TypeList<std::remove_cvref_t<A>...>;
  using Results = typename ResultColumns<R>::type;
  // The canonical C++ form: views as arguments, owning types as results.
  using Canonical = ResultOf<R>(View<std::remove_cvref_t<A>>...);
};

// The signature of a callable in its canonical C++ form: std::string(std::string_view) for a
// function that takes and returns std::string.
template <class F>
using SignatureOf = typename SignatureTraits<CallTypeOf<F>>::Canonical;

template <class... T>
consteval std::array<std::uint32_t, sizeof...(T)> codes_of(TypeList<T...>) {
  return {type_code<T>...};
}
// Codes of the columns, in order.
template <SupportedSignature S>
inline constexpr auto argument_codes = codes_of(typename SignatureTraits<S>::Arguments{});
template <SupportedSignature S>
inline constexpr auto result_codes = codes_of(typename SignatureTraits<S>::Results{});

// "i64", "f32", "str"; of an array, of its element. Empty for a code that is none.
constexpr std::string_view scalar_name(std::uint32_t code) {
  constexpr std::array<std::string_view, 18> names = {"",   "bool", "i8",  "i16", "i32", "i64",
                                                      "u8", "u16",  "u32", "u64", "f32", "f64",
                                                      "",   "",     "",    "",    "str", "bytes"};
  const std::uint32_t scalar = code & ~static_cast<std::uint32_t>(FORKMAP_ARRAY);
  return scalar < names.size() ? names[scalar] : std::string_view{};
}

// Calls put(char) for each character of the text of a signature.
template <class Put>
constexpr void spell_signature(std::span<const std::uint32_t> arguments,
                               std::span<const std::uint32_t> results, Put put) {
  const auto text = [&](std::string_view piece) {
    for (const char letter : piece) put(letter);
  };
  const auto type = [&](std::uint32_t code) {
    text(scalar_name(code));
    if ((code & FORKMAP_ARRAY) != 0) text("[]");
  };
  const auto list = [&](std::span<const std::uint32_t> codes) {
    text("(");
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (i != 0) text(", ");
      type(codes[i]);
    }
    text(")");
  };
  list(arguments);
  text(" -> ");
  if (results.size() == 1) {
    type(results[0]);
  } else {
    list(results);
  }
}

template <SupportedSignature S>
consteval auto signature_letters() {
  constexpr std::size_t size = [] {
    std::size_t letters = 0;
    spell_signature(argument_codes<S>, result_codes<S>, [&](char) { ++letters; });
    return letters;
  }();
  std::array<char, size + 1> letters{};
  std::size_t at = 0;
  spell_signature(argument_codes<S>, result_codes<S>, [&](char letter) { letters[at++] = letter; });
  return letters;
}
// The text of a signature, ended by NUL, for ever.
template <SupportedSignature S>
[[gnu::visibility("hidden")]] inline constexpr auto signature_array = signature_letters<S>();
template <SupportedSignature S>
constexpr std::string_view signature_text() {
  return {signature_array<S>.data(), signature_array<S>.size() - 1};
}

}  // namespace forkmap
