// SPDX-License-Identifier: Apache-2.0
//
// forkmap/plugin.hpp: write a plugin in C++.
//
//   static std::int64_t square(std::int64_t x) { return x * x; }
//
//   FORKMAP_PLUGIN("arith", "1.0",
//       forkmap::function<square>("square", "Return the square of the argument."),
//       forkmap::function<double(double), ::cbrt>("cbrt", "Return the cube root."))
//
// What a function takes and returns says <forkmap/types.hpp>. What it throws becomes the
// FunctionError of its item. A function may ask parameter(), item_index() and item_seed(); a hook
// parameter(). A worker runs one item at a time. A vectorized function is called for many items at
// once: <forkmap/vector_call.hpp>. `forkmap cflags` says how it is compiled.
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/chunk_loop.hpp>
#include <forkmap/vector_call.hpp>

namespace forkmap {

// Marks a function that must never be run again for an item whose worker died.
struct Once {};
inline constexpr Once once{};

// Marks a plugin that a worker does not end: it leaves without running the plugin's destructors.
struct LeavesAtOnce {};
inline constexpr LeavesAtOnce leaves_at_once{};

namespace detail {

// What FORKMAP_PLUGIN takes after the version: functions, at most one hook of each kind, marks.
struct FunctionPart {
  forkmap_function record;
};
enum class HookKind : std::uint8_t { preload, start, stop };
using HookEntry = int (*)(forkmap_hook*);
template <HookKind kind>
struct HookPart {
  HookEntry entry;
};

using RunEntry = int (*)(void*, forkmap_chunk*);

template <class S>
constexpr FunctionPart function_part(const char* name, const char* doc, std::uint32_t flags,
                                     RunEntry run, RunEntry run_vector = nullptr) {
  return {{.size_bytes = sizeof(forkmap_function),
           .flags = flags,
           .name = name,
           .signature = signature_array<S>.data(),
           .doc = doc,
           .run = run,
           .run_vector = run_vector,
           .call = nullptr,
           .context = nullptr}};
}

template <class S, auto f, class... Options>
constexpr FunctionPart checked_function(const char* name, const char* doc, Options...) {
  static_assert((std::same_as<Options, Once> && ...), "forkmap: the only option is forkmap::once");
  if constexpr (SupportedSignature<S>) {
    constexpr std::uint32_t flags = sizeof...(Options) != 0 ? std::uint32_t{FORKMAP_ONCE} : 0U;
    return function_part<S>(name, doc, flags, run_function<S, f>);
  } else {
    explain_signature<S>();
    return {};
  }
}

// The C entry of a hook: an exception makes the hook fail with its text.
template <auto f>
__attribute__((no_sanitize("null"), noinline)) int run_hook(forkmap_hook* hook) {
  const auto fail = [hook](std::string_view text) {
    hook->table->fail_hook(hook, text.data(), text.size());
    return 1;
  };
  const EnvironmentScope scope({hook->table, hook->host, nullptr});
  try {
    f();
    return 0;
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

// The parts of a plugin, sorted.
template <std::size_t function_count>
struct PluginParts {
  std::array<forkmap_function, function_count> functions{};
  std::array<HookEntry, 3> hooks{};
  std::uint64_t flags = 0;
  std::size_t used = 0;

  constexpr void add(const FunctionPart& part) { functions[used++] = part.record; }
  template <HookKind kind>
  constexpr void add(const HookPart<kind>& part) {
    hooks[static_cast<std::size_t>(kind)] = part.entry;
  }
  constexpr void add(LeavesAtOnce /*mark*/) { flags |= FORKMAP_LEAVES_AT_ONCE; }
};

template <class... Parts>
consteval auto sort_parts(const Parts&... parts) {
  constexpr auto count_of = []<class P>(std::type_identity<P>) {
    return (std::size_t{std::same_as<Parts, P>} + ... + 0);
  };
  using std::type_identity;
  static_assert(count_of(type_identity<HookPart<HookKind::preload>>{}) <= 1 &&
                    count_of(type_identity<HookPart<HookKind::start>>{}) <= 1 &&
                    count_of(type_identity<HookPart<HookKind::stop>>{}) <= 1,
                "forkmap: a plugin has at most one preload, one start and one stop hook");
  PluginParts<count_of(type_identity<FunctionPart>{})> sorted;
  (sorted.add(parts), ...);
  return sorted;
}

}  // namespace detail

// A function named at compile time: function<square>("square", "Return ...").
// `doc` is one sentence. Add forkmap::once for a function that must not be run again.
template <auto f, class... Options>
constexpr detail::FunctionPart function(const char* name, const char* doc = "",
                                        Options... options) {
  return detail::checked_function<CallTypeOf<decltype(f)>, f>(name, doc, options...);
}

// The same with the signature said: picks one of several overloads.
template <class Signature, Signature* f, class... Options>
constexpr detail::FunctionPart function(const char* name, const char* doc = "",
                                        Options... options) {
  return detail::checked_function<Signature, f>(name, doc, options...);
}

// The same for a lambda without captures: function("twice", [](double x) { return 2 * x; }, "...").
template <class F, class... Options>
  requires std::is_class_v<F>
constexpr detail::FunctionPart function(const char* name, F, const char* doc = "",
                                        Options... options) {
  if constexpr (std::is_empty_v<F> && std::default_initializable<F>) {
    return detail::checked_function<CallTypeOf<F>, F{}>(name, doc, options...);
  } else {
    static_assert(std::is_empty_v<F>, "forkmap: a lambda in a plugin must not capture anything");
    return {};
  }
}

// A function that is called once for all items of a chunk:
//   static void square(std::span<const double> x, std::span<double> y) { ... }
//   vectorized<square>("square", "Return the square of the argument.")
// Its signature is the one of a single item, (f64) -> f64. It cannot be marked once.
template <auto f>
constexpr detail::FunctionPart vectorized(const char* name, const char* doc = "") {
  using Vector = VectorTraits<CallTypeOf<decltype(f)>>;
  if constexpr (detail::is_vector<CallTypeOf<decltype(f)>>) {
    return detail::function_part<typename Vector::Signature>(
        name, doc, 0U, nullptr, detail::run_vector<Vector, detail::StaticFunction<f>>);
  } else {
    explain_vector<CallTypeOf<decltype(f)>>();
    return {};
  }
}
// The same for a lambda without captures: vectorized("square", [](std::span<const double> x,
// std::span<double> y) { ... }, "...").
template <class F>
  requires std::is_class_v<F>
constexpr detail::FunctionPart vectorized(const char* name, F, const char* doc = "") {
  if constexpr (std::is_empty_v<F> && std::default_initializable<F>) {
    return vectorized<F{}>(name, doc);
  } else {
    static_assert(std::is_empty_v<F>, "forkmap: a lambda in a plugin must not capture anything");
    return {};
  }
}

// Runs once a pool, in the zygote, before the workers are forked: what it builds is shared by all
// of them, copy-on-write. It must leave no thread running. All hooks are void().
template <auto f>
constexpr detail::HookPart<detail::HookKind::preload> preload() {
  return {detail::run_hook<f>};
}
// Runs in each worker, before its first item.
template <auto f>
constexpr detail::HookPart<detail::HookKind::start> start() {
  return {detail::run_hook<f>};
}
// Runs in each worker that ends in peace.
template <auto f>
constexpr detail::HookPart<detail::HookKind::stop> stop() {
  return {detail::run_hook<f>};
}

}  // namespace forkmap

// Defines the one symbol that a plugin exports. Once a shared object, at namespace scope.
#define FORKMAP_PLUGIN(plugin_name, plugin_version, ...)                                \
  extern "C" [[gnu::visibility("default")]] const forkmap_plugin* forkmap_plugin_v1();  \
  extern "C" [[gnu::visibility("default")]] const forkmap_plugin* forkmap_plugin_v1() { \
    static constexpr auto parts = ::forkmap::detail::sort_parts(__VA_ARGS__);           \
    static constexpr forkmap_plugin plugin = {.size_bytes = sizeof(forkmap_plugin),     \
                                              .abi_version = FORKMAP_ABI_VERSION,       \
                                              .name = plugin_name,                      \
                                              .version = plugin_version,                \
                                              .functions = parts.functions.data(),      \
                                              .function_count = parts.functions.size(), \
                                              .preload = parts.hooks[0],                \
                                              .start = parts.hooks[1],                  \
                                              .stop = parts.hooks[2],                   \
                                              .flags = parts.flags,                     \
                                              .in_worker = &forkmap_worker_mark};       \
    return &plugin;                                                                     \
  }
