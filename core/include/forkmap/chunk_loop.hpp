// SPDX-License-Identifier: Apache-2.0
//
// forkmap/chunk_loop.hpp: the `run` entry of a C++ callable, made at compile time.
//
//  K1 The call is inlined into the loop; a loop over fixed columns calls nothing of the host.
//  K2 An exception makes its item a FunctionError with its text (or its type); the loop goes on
//  behind it. The
//     happy path pays nothing for that. No exception leaves the loop (except K3).
//  K3 A forced unwinding (pthread_exit, cancellation) passes through: it is the end of the worker.
//  K4 An item whose results, or error text, do not fit ends the loop: FORKMAP_RUN_WINDOW_FULL,
//  progress unchanged.
//  K5 Each item computes in the floating-point environment that the chunk began with, whatever the
//  item before it has set; not so where all columns are integers or bool, which would pay for it,
//  and where inline assembly sets it and does not say that it clobbers memory.
#pragma once

#include <forkmap/chunk_codec.hpp>
#include <forkmap/exception_text.hpp>
#include <forkmap/float_environment.hpp>
#include <forkmap/run_environment.hpp>
#include <forkmap/signature_of.hpp>

#include <cxxabi.h>

#include <exception>

namespace forkmap::detail {

// How much of the environment is put back for each item (K5).
enum class FloatCare : std::uint8_t { none, scalars, all };

// Readers and writers of one signature, and the one step that runs an item.
template <class Arguments, class Results>
class ItemRunner;
template <class... A, class... R>
class ItemRunner<TypeList<A...>, TypeList<R...>> {
 public:
  explicit ItemRunner(forkmap_chunk* chunk) noexcept
      : ItemRunner(chunk, std::index_sequence_for<A...>{}, std::index_sequence_for<R...>{}) {}

  // Whether the chunk has exactly these columns. Asked before a runner is made.
  [[nodiscard]] static bool fits(const forkmap_chunk& chunk) noexcept {
    if (chunk.argument_count != sizeof...(A) || chunk.result_count != sizeof...(R)) return false;
    std::uint32_t column = 0;
    const bool arguments_fit = ((chunk.arguments[column++].type == type_code<A>) && ...);
    column = 0;
    return arguments_fit && ((chunk.results[column++].type == type_code<R>) && ...);
  }

  static constexpr bool has_integers_only = (std::is_integral_v<std::remove_cvref_t<A>> && ...) &&
                                            (std::is_integral_v<std::remove_cvref_t<R>> && ...);
  static constexpr bool has_scalars_only = (std::is_arithmetic_v<std::remove_cvref_t<A>> && ...) &&
                                           (std::is_arithmetic_v<std::remove_cvref_t<R>> && ...);
  static constexpr FloatCare care = has_integers_only  ? FloatCare::none
                                    : has_scalars_only ? FloatCare::scalars
                                                       : FloatCare::all;

  // False if the results do not fit into the window.
  template <class F>
  [[nodiscard]] bool run(F& function, std::uint64_t item) const {
    return run(function, item, std::index_sequence_for<A...>{}, std::index_sequence_for<R...>{});
  }

 private:
  template <std::size_t... I, std::size_t... J>
  ItemRunner(forkmap_chunk* chunk, std::index_sequence<I...>, std::index_sequence<J...>) noexcept
      : readers_(ArgumentReader<A>(chunk->arguments[I])...),
        writers_(ResultWriter<R>(chunk, J, chunk->results[J])...) {}

  template <class F, std::size_t... I, std::size_t... J>
  [[nodiscard]] bool run(F& function, std::uint64_t item, std::index_sequence<I...>,
                         std::index_sequence<J...>) const {
    using Returned = decltype(function(std::get<I>(readers_)[item]...));
    if constexpr (std::is_void_v<Returned>) {
      function(std::get<I>(readers_)[item]...);
      return true;
    } else if constexpr (Supported<std::remove_cvref_t<Returned>>) {
      return std::get<0>(writers_).put(item, function(std::get<I>(readers_)[item]...));
    } else {
      const auto results = function(std::get<I>(readers_)[item]...);
      return (std::get<J>(writers_).put(item, std::get<J>(results)) && ...);
    }
  }

  std::tuple<ArgumentReader<A>...> readers_;
  std::tuple<ResultWriter<R>...> writers_;
};

// K5. Whoever runs the chunk puts the environment back behind it, and sees what its last item left.
// Beside scalars only what float and double compute with is put back: that of long double (and of
// printf) costs as much again, which is nothing beside a text.
//
// Nothing is put back where the compiler sees all that the item does. The witness is a word whose
// address is given away: whatever the compiler does not see, a call of fesetround() or of a
// library, may change it. If the word before the item is provably the word behind it, the item has
// called nothing of that kind. Without optimisation nothing is proved, and all is put back.
template <FloatCare care>
class ItemFloats {
 public:
  using Witness = const void*;

  ItemFloats() noexcept { asm volatile("" : "=m"(witness_) : "r"(&witness_) : "memory"); }
  ItemFloats(const ItemFloats&) = delete;
  ItemFloats& operator=(const ItemFloats&) = delete;
  ~ItemFloats() = default;

  [[nodiscard]] Witness begin_item() const noexcept { return witness_; }
  void end_item(Witness before) const noexcept {
    if (!__builtin_constant_p(before == witness_)) put_back();
  }
  void put_back() const noexcept {
    if constexpr (care == FloatCare::scalars) {
      environment_.enter_quickly();
    } else {
      environment_.enter();
    }
  }

 private:
  const FloatEnvironment environment_ = FloatEnvironment::current();
  Witness witness_;
};
template <>
class ItemFloats<FloatCare::none> {
 public:
  struct Witness {};
  [[nodiscard]] Witness begin_item() const noexcept { return {}; }
  void end_item(Witness) const noexcept {}
  void put_back() const noexcept {}
};

// Whether the host that made the chunk knows at least the fields that this header knows.
[[nodiscard]] inline bool is_known_chunk(const forkmap_chunk& chunk) noexcept {
  return chunk.size_bytes >= sizeof(forkmap_chunk) && chunk.table != nullptr &&
         chunk.table->size_bytes >= sizeof(forkmap_table);
}

// Makes the item a FunctionError and moves progress past it. False if the window has no room for
// it.
[[nodiscard]] inline bool fail_item(forkmap_chunk* chunk, std::uint64_t item,
                                    std::string_view text) {
  if (chunk->table->fail(chunk, item, FORKMAP_STATUS_FUNCTION_ERROR, text.data(), text.size()) !=
      0) {
    return false;
  }
  forkmap_set_progress(chunk, item + 1);
  return true;
}

// Statuses that are written ahead of their items: a store less an item.
inline constexpr std::uint64_t kStatusAhead = 1024;

// Runs items [chunk->first, chunk->count) of a callable of type S, R(A...); what a `run` entry
// does. A forced unwinding carries no object, and its handler binds a reference to that: the check
// of "null" is off (GCC keeps it in copies inlined elsewhere).
template <SupportedSignature S, class F>
__attribute__((no_sanitize("null"), noinline)) int run_chunk_of(F& function, forkmap_chunk* chunk) {
  using Runner =
      ItemRunner<typename SignatureTraits<S>::Arguments, typename SignatureTraits<S>::Results>;
  if (!is_known_chunk(*chunk) || !Runner::fits(*chunk)) return FORKMAP_RUN_REFUSED;
  const EnvironmentScope scope({chunk->table, chunk->host, chunk});
  const Runner runner(chunk);
  ItemFloats<Runner::care> floats;
  // Copies, because a store through a byte pointer could change the chunk for all the compiler
  // knows.
  unsigned char* const status = chunk->status;
  std::uint64_t* const progress = chunk->progress;
  const std::uint64_t turn = static_cast<std::uint64_t>(chunk->turn) << 32;
  const std::uint64_t count = chunk->count;
  std::uint64_t item = chunk->first;
  std::uint64_t ahead = item;  // items before it have their status: nobody reads it before progress
  for (;;) {
    try {
      while (item < count) {
        if (item == ahead) {
          ahead = count - item < kStatusAhead ? count : item + kStatusAhead;
          std::memset(status + item, FORKMAP_STATUS_VALUE, ahead - item);
        }
        for (; item < ahead; ++item) {
          const auto before = floats.begin_item();
          if (!runner.run(function, item)) return FORKMAP_RUN_WINDOW_FULL;
          floats.end_item(before);
          __atomic_store_n(progress, turn | (item + 1), __ATOMIC_RELEASE);  // SYNC: progress
          // Costs nothing; keeps a load of the next item, which may crash, behind the store above.
          __atomic_signal_fence(__ATOMIC_SEQ_CST);
        }
      }
      return FORKMAP_RUN_COMPLETE;
#ifdef __GLIBCXX__
    } catch (const abi::__forced_unwind&) {
      throw;
#endif
    } catch (const std::exception& error) {
      if (!fail_item(chunk, item, ExceptionText(error).get())) return FORKMAP_RUN_WINDOW_FULL;
    } catch (...) {
      if (!fail_item(chunk, item, ExceptionText().get())) return FORKMAP_RUN_WINDOW_FULL;
    }
    floats.put_back();
    ++item;
  }
}

// The `run` entry of a callable that `context` points to.
template <class S, class F>
int run_callable(void* context, forkmap_chunk* chunk) {
  return run_chunk_of<S>(*static_cast<F*>(context), chunk);
}

// A callable of its own type for each function, so that the compiler sees through the call.
template <auto f>
struct StaticFunction {
  template <class... A>
  decltype(auto) operator()(A&&... arguments) const
      noexcept(noexcept(f(std::forward<A>(arguments)...))) {
    return f(std::forward<A>(arguments)...);
  }
};

// The `run` entry of a function known at compile time; `context` is unused.
template <class S, auto f>
int run_function(void*, forkmap_chunk* chunk) {
  const StaticFunction<f> function;
  return run_chunk_of<S>(function, chunk);
}

}  // namespace forkmap::detail
