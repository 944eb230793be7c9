// SPDX-License-Identifier: Apache-2.0
//
// forkmap/function.hpp: handles of functions in a registry. A handle is small, is copied freely,
// and is valid as long as its registry.
#pragma once

#include <forkmap/signature_of.hpp>
#include <forkmap/value_codec.hpp>

#include <memory>

namespace forkmap {

class Registry;

namespace plugin {
struct FunctionEntry;
class SerialCall;
}  // namespace plugin

// A handle whose signature is known at run time only.
class FunctionHandle {
 public:
  FunctionHandle(const Registry& registry, const plugin::FunctionEntry& entry) noexcept
      : registry_(&registry), entry_(&entry) {}

  [[nodiscard]] std::string_view name() const noexcept;       // "square"
  [[nodiscard]] std::string_view full_name() const noexcept;  // "arith:square"
  [[nodiscard]] std::string signature() const;                // "(i64) -> i64"
  [[nodiscard]] std::uint64_t generation() const noexcept;    // the first that holds it
  [[nodiscard]] bool once() const noexcept;

  [[nodiscard]] const Registry& registry() const noexcept { return *registry_; }
  [[nodiscard]] const plugin::FunctionEntry& entry() const noexcept {
    return *entry_;
  }  // for the pool

 private:
  const Registry* registry_;
  const plugin::FunctionEntry* entry_;
};

namespace detail {

// Runs one item of a function in this process. Its index is 0.
class SerialRow {
 public:
  // Throws NotPrepared for a function of a plugin with hooks before Registry::prepare_serial().
  SerialRow(const FunctionHandle& function, std::uint64_t input_bytes);
  ~SerialRow();
  SerialRow(const SerialRow&) = delete;
  SerialRow& operator=(const SerialRow&) = delete;

  [[nodiscard]] InputBlock& inputs() noexcept;  // room for one row and its bytes
  // Throws FunctionError with the function's text; Error where the result does not fit into memory.
  void run();
  [[nodiscard]] std::span<const forkmap_column> results() const noexcept;

 private:
  std::unique_ptr<plugin::SerialCall> call_;
};

}  // namespace detail

template <class Signature>
class Function;

// A checked handle: its C++ types are those of the function's signature. Compared as forkmap
// signatures, so Function<std::string(std::string)> and Function<std::string(std::string_view)> may
// both stand for a function "(str) -> str".
template <class R, class... A>
  requires SupportedSignature<R(A...)>
class Function<R(A...)> : public FunctionHandle {
 public:
  using Signature = R(A...);
  // Unchecked; Registry::function() and Registry::add() make checked ones.
  explicit Function(const FunctionHandle& handle) noexcept : FunctionHandle(handle) {}

  // Calls it in this process, the serial map: the same code that workers run. Throws FunctionError
  // with the text of whatever the function threw; NotPrepared.
  ResultOf<R> operator()(A... arguments) const {
    detail::SerialRow row(*this, (argument_bytes<std::remove_cvref_t<A>>(arguments) + ...));
    (void)write_row<std::remove_cvref_t<A>...>(row.inputs(), arguments...);  // it has the room
    row.run();
    if constexpr (!std::is_void_v<R>) return read_result<R>(row.results(), 0);
  }
};

}  // namespace forkmap
