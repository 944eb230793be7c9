// SPDX-License-Identifier: Apache-2.0
//
// forkmap/vector_call.hpp: vectorized functions, which are called once for all items of a chunk.
//
//   void hypot(std::span<const double> x, std::span<const double> y, std::span<double> length);
//
// Its parameters are the argument columns, then the result columns, as <forkmap/vector_columns.hpp>
// says.
//
//  V1 It writes the results of all items. A span of results holds anything before.
//  V2 The results of an item must not depend, bit for bit, on the items beside it (no sum over the
//     call, no random numbers but from item_seed(i)): chunks are cut as it suits, and an item may
//     be computed more than once.
//  V3 An exception fails the call. forkmap then calls it again for each item alone, and only items
//     that fail alone are FunctionErrors. After a crash it does the same; see docs/plugin-abi.md.
//  V4 A forced unwinding (pthread_exit, cancellation) passes through: it is the end of the worker.
#pragma once

#include <forkmap/chunk_loop.hpp>
#include <forkmap/vector_columns.hpp>

namespace forkmap {

namespace detail {

template <class... T>
struct SingleResult {
  using type = std::tuple<T...>;
};
template <>
struct SingleResult<> {
  using type = void;
};
template <class T>
struct SingleResult<T> {
  using type = T;
};

// Splits the parameters at the first result.
template <class Arguments, class Results, class... P>
struct VectorColumns;
template <class... A, class... R>
struct VectorColumns<TypeList<A...>, TypeList<R...>> {
  using Signature = typename SingleResult<R...>::type(A...);
};
template <class... A, class... R, class P, class... Rest>
struct VectorColumns<TypeList<A...>, TypeList<R...>, P, Rest...>
    : std::conditional_t<
          VectorParameter<P>::is_result,
          VectorColumns<TypeList<A...>, TypeList<R..., typename VectorParameter<P>::Column>,
                        Rest...>,
          VectorColumns<TypeList<A..., typename VectorParameter<P>::Column>, TypeList<R...>,
                        Rest...>> {};

template <class... P>
inline constexpr bool arguments_come_first = [] {
  bool result_seen = false;
  bool in_order = true;
  ((VectorParameter<P>::is_result ? void(result_seen = true)
                                  : void(in_order = in_order && !result_seen)),
   ...);
  return in_order;
}();

template <class F>
inline constexpr bool is_vector = false;
template <SupportedVectorParameter... P>
inline constexpr bool is_vector<void(P...)> =
    arguments_come_first<std::remove_cvref_t<P>...> && [] {
      constexpr std::size_t results =
          (std::size_t{VectorParameter<std::remove_cvref_t<P>>::is_result} + ... + 0);
      constexpr std::size_t arguments = sizeof...(P) - results;
      return arguments >= 1 && arguments <= FORKMAP_MAX_COLUMNS && results <= FORKMAP_MAX_COLUMNS;
    }();

}  // namespace detail

// VectorTraits<void(P...)>: Signature is that of one item, R(A...); call() calls the function for
// items [first, count) of a chunk.
template <class F>
struct VectorTraits;
template <class... P>
  requires detail::is_vector<void(P...)>
struct VectorTraits<void(P...)> {
  using Signature =
      typename detail::VectorColumns<TypeList<>, TypeList<>, std::remove_cvref_t<P>...>::Signature;

  template <class F>
  static void call(F& function, forkmap_chunk* chunk) {
    call(function, chunk, std::index_sequence_for<P...>{});
  }

 private:
  // The column of parameter I: its place among the arguments, or among the results.
  static constexpr std::size_t argument_count =
      (std::size_t{!VectorParameter<std::remove_cvref_t<P>>::is_result} + ... + 0);

  template <class F, std::size_t... I>
  static void call(F& function, forkmap_chunk* chunk, std::index_sequence<I...>) {
    function(VectorParameter<std::remove_cvref_t<P>>::make(
        chunk, static_cast<std::uint32_t>(I < argument_count ? I : I - argument_count))...);
  }
};

// As in <forkmap/signature_of.hpp>: the messages name the number and the type of a parameter.
namespace detail {

template <class Type>
inline constexpr bool can_be_column = SupportedVectorParameter<Type>;
template <std::size_t number, class Type>
struct vector_parameter {
  static_assert(can_be_column<Type>,
                "forkmap: this parameter of a vectorized function is no column. Arguments are, by "
                "value, std::span<const A> of bool, integers of 8 to 64 bits (not char), float, "
                "double, or forkmap::ColumnView<A> of std::string_view, std::string, "
                "std::span<const T>, std::vector<T>; results are std::span<R> and "
                "forkmap::ColumnWriter<R> of the same.");
};
template <class F>
inline constexpr bool has_vector_form = is_vector<F>;
template <class F>
struct vector_form {
  static_assert(has_vector_form<F>,
                "forkmap: this function cannot be vectorized. It returns void and takes first 1 to "
                "16 arguments and then up to 16 results.");
};
template <class Numbers, class... P>
struct checked_vector;
template <std::size_t... I, class... P>
struct checked_vector<std::index_sequence<I...>, P...> : vector_parameter<I + 1, P>... {};

template <class F>
struct vector_check;
template <class R, class... P>
struct vector_check<R(P...)> {
  static constexpr bool are_columns = (SupportedVectorParameter<P> && ...);
  using type = std::conditional_t<
      are_columns, std::type_identity<vector_form<R(P...)>>,
      std::type_identity<checked_vector<std::index_sequence_for<P...>, P...>>>::type;
};

}  // namespace detail

// The compile-time messages for a function that cannot be a vectorized one.
template <class F>
constexpr void explain_vector() {
  (void)sizeof(typename detail::vector_check<F>::type);
}

namespace detail {

// Calls a vectorized callable for items [first, count); what a `run_vector` entry does. "null" as
// in run_chunk_of().
template <class Vector, class F>
__attribute__((no_sanitize("null"), noinline)) int run_vector_of(F& function,
                                                                 forkmap_chunk* chunk) {
  using Traits = SignatureTraits<typename Vector::Signature>;
  using Runner = ItemRunner<typename Traits::Arguments, typename Traits::Results>;
  if (!is_known_chunk(*chunk) || !Runner::fits(*chunk)) return FORKMAP_RUN_REFUSED;
  const EnvironmentScope scope({chunk->table, chunk->host, chunk});
  const auto fail = [chunk](std::string_view text) {
    (void)chunk->table->fail(chunk, chunk->first, FORKMAP_STATUS_FUNCTION_ERROR, text.data(),
                             text.size());
    return FORKMAP_RUN_FAILED;
  };
  try {
    Vector::call(function, chunk);
    return FORKMAP_RUN_COMPLETE;
  } catch (const WindowIsFull&) {
    return FORKMAP_RUN_WINDOW_FULL;
#ifdef __GLIBCXX__
  } catch (const abi::__forced_unwind&) {
    throw;
#endif
  } catch (const std::exception& error) {
    return fail(ExceptionText(error).get());
  } catch (...) {
    return fail(ExceptionText().get());
  }
}

// The `run_vector` entry of a function known at compile time; `context` is unused.
template <class Vector, class F>
int run_vector(void*, forkmap_chunk* chunk) {
  const F function;
  return run_vector_of<Vector>(function, chunk);
}

// The `run_vector` entry of a callable that `context` points to.
template <class Vector, class F>
int run_vector_callable(void* context, forkmap_chunk* chunk) {
  return run_vector_of<Vector>(*static_cast<F*>(context), chunk);
}

}  // namespace detail

}  // namespace forkmap
