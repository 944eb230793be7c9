// SPDX-License-Identifier: Apache-2.0
//
// Checks of what forkmap_plugin_v1() returned. Run first in the probe, where a wild pointer costs a
// throw-away process, then in the host.
#pragma once

#include <forkmap/plugin.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/types/signature.hpp"

namespace forkmap::plugin {

// The type of FORKMAP_ENTRY_SYMBOL.
using PluginEntryPoint = const forkmap_plugin*();

struct CheckedFunction {
  const forkmap_function* record = nullptr;
  types::Signature signature;
};

// Why a name of a plugin or function is refused ("is empty", ...); empty if it is fine. Names are
// of A-Z a-z 0-9 _ . - and at most 128 bytes, so they need no quoting in a shell or in
// "plugin:function".
[[nodiscard]] std::string name_fault(std::string_view name);

// The functions of a descriptor. Throws std::invalid_argument whose text names the function and
// what is wrong with it.
[[nodiscard]] std::vector<CheckedFunction> check_descriptor(const forkmap_plugin* descriptor);

// What descriptors of the first headers do not have.
[[nodiscard]] std::uint64_t flags_of(const forkmap_plugin& descriptor) noexcept;
[[nodiscard]] int* worker_mark_of(const forkmap_plugin& descriptor) noexcept;  // may be null

}  // namespace forkmap::plugin
