// SPDX-License-Identifier: Apache-2.0
#include "core/types/run_hook.hpp"

#include "core/types/caught_exception.hpp"

namespace forkmap::types {

// A forced unwinding carries no object, to which its handler binds a reference: the check of "null"
// is off (GCC keeps it in copies inlined elsewhere).
__attribute__((no_sanitize("null"), noinline)) std::optional<std::string> run_hook(
    int (*hook)(forkmap_hook*), const RunEnvironment& environment) {
  if (hook == nullptr) return std::nullopt;
  HookHost host;
  host.parameters = environment.parameters;
  forkmap_hook call{chunk_table(), sizeof(forkmap_hook), 0, &host};
  int returned = 0;
  try {
    returned = hook(&call);
  } catch (...) {
    if (caught_forced_unwind()) throw;
    return caught_exception_text();
  }
  if (call.failed != 0) return host.message;
  if (returned == 0) return std::nullopt;
  return "the hook returned " + std::to_string(returned) + " and gave no reason";
}

}  // namespace forkmap::types
