// SPDX-License-Identifier: Apache-2.0
//
// forkmap::Registry: name -> function, filled by loading plugins and by adding functions of the
// embedding program. Every load or add raises its generation. A pool forks its workers from one
// generation; a function that is newer than the pool is missing in them (StaleRegistry).
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/plugin.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <forkmap/chunk_loop.hpp>
#include <forkmap/error.hpp>
#include <forkmap/function.hpp>
#include <forkmap/vector_call.hpp>

namespace forkmap {

using Generation = std::uint64_t;

namespace plugin {
class RegistryTable;
class SerialSession;
}  // namespace plugin

struct FunctionInfo {
  std::string name = {};       // "square"
  std::string full_name = {};  // "arith:square"
  std::string signature = {};  // "(i64) -> i64"
  std::string doc = {};
  std::string plugin = {};  // empty for a function of the embedding program
  Generation generation = 0;
  bool once = false;
  bool vectorized = false;  // called once for all items of a chunk
};

struct PluginInfo {
  std::string name = {};
  std::string version = {};
  std::string path = {};      // absolute
  std::string build_id = {};  // hex, may be empty
  bool in_place = false;      // loaded from the file itself instead of a private copy
  Generation generation = 0;
  std::vector<FunctionInfo> functions = {};
  std::string changed =
      {};  // how the file on disk differs from what was loaded; empty if it does not
  std::vector<std::string> warnings = {};  // about what it is bound to
};

// What is done where a plugin, or a library that it needs, is not bound to its own: the process had
// a symbol or a library of that name already.
enum class Bind : std::uint8_t {
  check,  // the plugin is refused
  own,    // symbols are bound to its own, after its constructors ran; other libraries are refused
  any     // it is loaded as it is, with a warning
};

struct LoadOptions {
  // For debuggers and profilers. The file must then not be overwritten, and all registries of the
  // process share the plugin's variables.
  bool in_place = false;
  bool probe = true;              // look at the plugin in a throw-away child first
  int probe_timeout_ms = 30'000;  // a constructor that takes longer is a LoadError
  Bind bind = Bind::check;
  // Libraries whose symbols all others may use, as RTLD_GLOBAL says: names ("libcore.so.1") of
  // those that a plugin brings, or paths.
  std::vector<std::string> global = {};
};

// Neither copied nor moved: pools and handles refer to it, so it must outlive them. Used by one
// thread.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // A value with '/' or ending in ".so" is a path; a bare name is searched in FORKMAP_PLUGIN_PATH,
  // the build tree beside the executable, and the installed folder. Loading the very file that is
  // loaded already is no error and changes nothing; if the file has changed since, it is one,
  // because a registry does not reload. Throws LoadError: file, step, reason. Steps: search, file,
  // abi, open, bind, descriptor, registry. SystemError where no process or descriptor can be had
  // for the load. Nothing is ever unloaded, also when the registry is gone.
  PluginInfo load(const std::string& name_or_path, const LoadOptions& options = {});

  // Adds a function of the embedding program: any callable whose signature forkmap can carry, with
  // one operator(). The callable is copied; workers inherit it by the fork. Throws InvalidOption
  // for a name that is empty, taken, or has a colon. Returns Function<SignatureOf<F>>.
  template <class F>
    requires(!std::is_function_v<F>)
  auto add(std::string name, F callable, std::string doc = {});
  // The same for a callable that has more than one signature, or a template of them, such as a
  // generic lambda or what std::bind_front() gives: add<long(long)>("half", [](auto x) {...}).
  template <class Signature, class F>
    requires(std::is_function_v<Signature>)
  auto add(std::string name, F callable, std::string doc = {});
  // The same for a callable that is called once for all items of a chunk, with the rules of
  // <forkmap/vector_call.hpp>. Its handle has the signature of one item.
  template <class F>
  auto add_vectorized(std::string name, F callable, std::string doc = {});

  // `name` is "square" where only one function is named so, or "arith:square". Throws
  // UnknownFunction (with near names), AmbiguousFunction, SignatureMismatch.
  template <class Signature>
  [[nodiscard]] Function<Signature> function(std::string_view name) const;
  [[nodiscard]] FunctionHandle function(std::string_view name) const;

  [[nodiscard]] Generation generation() const noexcept;
  [[nodiscard]] std::vector<PluginInfo> plugins() const;
  [[nodiscard]] std::vector<FunctionInfo> functions() const;

  // Runs the preload and start hooks of all plugins that have not been prepared yet, in the order
  // of their loading, in this process, so that their functions can be called serially. Throws Error
  // with the hook's text; that plugin and those behind it are then not prepared. `parameters` and
  // `seed` are what later serial calls see; a plugin keeps the ones that its hooks saw only if it
  // copied them.
  void prepare_serial(const std::map<std::string, std::string>& parameters = {},
                      std::uint64_t seed = 0);

  [[nodiscard]] const plugin::RegistryTable& table() const noexcept;     // for the pool
  [[nodiscard]] plugin::SerialSession& serial_session() const noexcept;  // for the command
  // For the pool: keeps what is behind the registry when the registry itself is gone.
  [[nodiscard]] std::shared_ptr<const plugin::RegistryTable> shared_table() const noexcept;

 private:
  struct HostFunction {
    std::string name;
    std::string doc;
    std::string_view signature;
    int (*run)(void* context, forkmap_chunk* chunk) = nullptr;
    int (*run_vector)(void* context, forkmap_chunk* chunk) = nullptr;
    std::shared_ptr<void> callable;
  };
  FunctionHandle add_host_function(HostFunction function);
  template <class Signature, class F>
  auto add_callable(std::string name, F callable, std::string doc);
  // The function of that name; throws SignatureMismatch if its signature has another text.
  [[nodiscard]] FunctionHandle function_with(std::string_view name,
                                             std::string_view signature) const;

  struct Impl;
  std::shared_ptr<Impl> impl_;
};

template <class Signature, class F>
auto Registry::add_callable(std::string name, F callable, std::string doc) {
  HostFunction function;
  function.name = std::move(name);
  function.doc = std::move(doc);
  function.signature = signature_text<Signature>();
  function.run = &detail::run_callable<Signature, F>;
  function.callable = std::make_shared<F>(std::move(callable));
  return Function<typename SignatureTraits<Signature>::Canonical>(
      add_host_function(std::move(function)));
}

template <class F>
  requires(!std::is_function_v<F>)
auto Registry::add(std::string name, F callable, std::string doc) {
  static_assert(has_call_type<F>,
                "forkmap: this callable has no one signature (a generic lambda, an overloaded "
                "operator(), std::bind_front): say it, as in add<long(long)>(name, f)");
  if constexpr (has_call_type<F>) {
    if constexpr (SupportedSignature<CallTypeOf<F>>) {
      return add_callable<CallTypeOf<F>>(std::move(name), std::move(callable), std::move(doc));
    } else {
      explain_signature<CallTypeOf<F>>();
    }
  }
}

template <class Signature, class F>
  requires(std::is_function_v<Signature>)
auto Registry::add(std::string name, F callable, std::string doc) {
  static_assert(detail::is_callable_as<F, Signature>,
                "forkmap: this callable cannot be called with the arguments of that signature, or "
                "gives no result of its type");
  if constexpr (!SupportedSignature<Signature>) {
    explain_signature<Signature>();
  } else if constexpr (detail::is_callable_as<F, Signature>) {
    return add_callable<Signature>(
        std::move(name), detail::CallableAs<Signature, F>{std::move(callable)}, std::move(doc));
  }
}

template <class F>
auto Registry::add_vectorized(std::string name, F callable, std::string doc) {
  HostFunction function;
  function.name = std::move(name);
  function.doc = std::move(doc);
  if constexpr (!detail::is_vector<CallTypeOf<F>>) {
    explain_vector<CallTypeOf<F>>();
  } else {
    using Vector = VectorTraits<CallTypeOf<F>>;
    using Signature = typename Vector::Signature;
    function.signature = signature_text<Signature>();
    function.run_vector = &detail::run_vector_callable<Vector, F>;
    function.callable = std::make_shared<F>(std::move(callable));
    return Function<typename SignatureTraits<Signature>::Canonical>(
        add_host_function(std::move(function)));
  }
}

template <class Signature>
Function<Signature> Registry::function(std::string_view name) const {
  return Function<Signature>(function_with(name, signature_text<Signature>()));
}

}  // namespace forkmap
